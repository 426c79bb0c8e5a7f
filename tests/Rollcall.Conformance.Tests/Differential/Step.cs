namespace Rollcall.Conformance.Tests.Differential;

/// <summary>One request of a sequence.</summary>
/// <param name="Method">Such as <c>PUT</c>.</param>
/// <param name="Path">
/// With the query, beginning with a slash. <c>{s0}</c> stands for the id in the answer that was the first to have one, in capitals as <c>{S0}</c>, <c>{s1}</c> for the second, and so
/// on, <c>{q0}</c> for the first prepared query, <c>{i0}</c> for the first intention, <c>{b0}</c> for the first binding rule,
/// <c>{c0}</c> for the first token of the form of before Consul 1.4, and <c>{l0}</c> for the secret of the first who logged in; <c>{m:key}</c> for the ModifyIndex of a key. Both are the agent's own.
/// </param>
/// <param name="Body">Null for none; with the same placeholders.</param>
/// <param name="Token">The secret it is sent with, or such a placeholder; null for none.</param>
public sealed record Step(string Method, string Path, string? Body = null, string? Token = null)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Method} {Path}{(Body is null ? "" : $" {Body}")}{(Token is null ? "" : $"   as {Token}")}";
}
