using System.Globalization;
using System.Text;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Records;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>An intention as it is sent.</summary>
internal sealed class IntentionBody
{
    private const int MaxText = 512;
    private const int MaxPairs = 64;
    private const int MaxKey = 128;

    public static readonly GoStruct<IntentionBody> Type = new GoStruct<IntentionBody>("", "struct { Hash string; CreatedAt string; UpdatedAt string; *structs.Alias }")
        .Add((d, v, t) => t.Id = d.Text(v), "ID")
        .Add((d, v, t) => t.Intention = t.Intention with { Description = d.Text(v) }, "Description")
        .Add((d, v, t) => t.Intention = t.Intention with { SourceNamespace = NamespaceOf(d.Text(v)) }, "SourceNS")
        .Add((d, v, t) => t.Intention = t.Intention with { SourceName = d.Text(v) }, "SourceName")
        .Add((d, v, t) => t.Intention = t.Intention with { DestinationNamespace = NamespaceOf(d.Text(v)) }, "DestinationNS")
        .Add((d, v, t) => t.Intention = t.Intention with { DestinationName = d.Text(v) }, "DestinationName")
        .Add((d, v, t) => t.Intention = t.Intention with { SourceType = d.Text(v, "structs.IntentionSourceType") is { Length: > 0 } type ? type : "consul" }, "SourceType")
        .Add((d, v, t) => t.Intention = t.Intention with { Action = d.Text(v, "structs.IntentionAction") }, "Action")
        .Add((d, v, t) => t.Intention = t.Intention with { DefaultAddress = d.Text(v) }, "DefaultAddr")
        .Add((d, v, t) => t.Intention = t.Intention with { DefaultPort = d.Int(v) }, "DefaultPort")
        .Add((d, v, t) => t.Intention = t.Intention with { Meta = d.TextMap(v) ?? [] }, "Meta")

        // What it is told of itself, and says again.
        .Add((d, v, _) => d.Int(v), "Precedence")
        .Add((d, v, _) => d.Text(v), "CreatedAt")
        .Add((d, v, _) => d.Text(v), "UpdatedAt")
        .Add((d, v, _) => d.Text(v), "Hash")
        .Add((d, v, _) => d.Unsigned(v), "CreateIndex")
        .Add((d, v, _) => d.Unsigned(v), "ModifyIndex");

    public string Id { get; private set; } = "";

    public Intention Intention { get; private set; } = new();

    /// <summary>All that is wrong with an intention, in Consul's words; null: nothing.</summary>
    public static string? Fault(Intention intention)
    {
        var faults = new List<string>();
        if (intention.SourceName.Length == 0)
        {
            faults.Add("SourceName must be set");
        }

        if (intention.DestinationName.Length == 0)
        {
            faults.Add("DestinationName must be set");
        }

        AddWildcardFaults(faults, "Source", intention.SourceNamespace, intention.SourceName);
        AddWildcardFaults(faults, "Destination", intention.DestinationNamespace, intention.DestinationName);
        AddSizeFaults(faults, intention);
        if (intention.Action is not ("allow" or "deny"))
        {
            faults.Add("Action must be set to 'allow' or 'deny'");
        }

        if (intention.SourceType != "consul")
        {
            faults.Add("SourceType must be set to 'consul'");
        }

        return GoErrors.Join(faults);
    }

    private static void AddWildcardFaults(List<string> faults, string end, string space, string name)
    {
        if (IsPartial(space))
        {
            faults.Add($"{end}NS: wildcard character '*' cannot be used with partial values");
        }

        if (IsPartial(name))
        {
            faults.Add($"{end}Name: wildcard character '*' cannot be used with partial values");
        }

        if (space == Intention.Wildcard && name != Intention.Wildcard)
        {
            faults.Add($"{end}Name: exact value cannot follow wildcard namespace");
        }
    }

    private static void AddSizeFaults(List<string> faults, Intention intention)
    {
        if (Encoding.UTF8.GetByteCount(intention.Description) > MaxText)
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"Description exceeds maximum length {MaxText}"));
        }

        if (intention.Meta.Count > MaxPairs)
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"Meta exceeds maximum element count {MaxPairs}"));
        }

        foreach (var (key, value) in intention.Meta)
        {
            if (Encoding.UTF8.GetByteCount(key) > MaxKey)
            {
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"Meta key \"{key}\" exceeds maximum length {MaxKey}"));
            }

            if (Encoding.UTF8.GetByteCount(value) > MaxText)
            {
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"Meta value for key \"{key}\" exceeds maximum length {MaxText}"));
            }
        }
    }

    private static bool IsPartial(string text) => text != Intention.Wildcard && text.Contains('*', StringComparison.Ordinal);

    private static string NamespaceOf(string text) => text.Length > 0 ? text : Intention.DefaultNamespace;
}
