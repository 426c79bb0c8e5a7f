using System.Diagnostics.CodeAnalysis;
using Rollcall.Discovery.Balancing.Canary;
using Rollcall.Discovery.Selecting.Internal;

namespace Rollcall.Discovery;

/// <summary>
/// What a caller writes down to call a service: its name, which of its instances, how to spread the calls. As text it is the part of a target
/// that does not depend on the source: <c>orders?tag=v1&amp;version=^1.2&amp;policy=round_robin</c>. Immutable.
/// </summary>
public sealed record ServiceTarget
{
    /// <param name="query">Which instances of which service.</param>
    public ServiceTarget(ServiceQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        Query = query;
    }

    /// <summary>Which instances of which service.</summary>
    public ServiceQuery Query { get; init; }

    /// <summary>The balancing policy's name; null: whoever uses the target decides.</summary>
    public string? Policy { get; init; }

    /// <summary>Which calls go to instances on trial; null: none is.</summary>
    public CanaryRule? Canary { get; init; }

    /// <summary>The names of the parameters, for messages.</summary>
    public static IReadOnlyList<string> ParameterNames => TargetReader.Names;

    /// <summary>Whether a target can have a parameter of this name.</summary>
    public static bool IsParameter(string name) => TargetReader.Knows(name);

    /// <summary>Reads a target.</summary>
    /// <param name="text">
    /// <para>The service's name, then after <c>?</c> any of these, separated by <c>&amp;</c>, with <c>%20</c> for a blank:</para>
    /// <list type="table">
    /// <item><term><c>tag</c></term><description>a tag that an instance must have; may be repeated: all of them</description></item>
    /// <item><term><c>anytag</c>, <c>nottag</c></term><description>may be repeated: one of them, none of them</description></item>
    /// <item><term><c>version</c></term><description>a <see cref="Selecting.VersionRange"/></description></item>
    /// <item><term><c>env</c>, <c>protocol</c>, <c>meta.KEY</c></term><description>a value in the instance's metadata</description></item>
    /// <item><term><c>dc</c></term><description>datacenters, separated by commas, the preferred one first</description></item>
    /// <item><term><c>port</c></term><description>the name of the port to call instances at</description></item>
    /// <item><term><c>near</c>, <c>filter</c>, <c>passing</c>, <c>warning</c></term><description>see <see cref="ServiceQuery"/></description></item>
    /// <item><term><c>policy</c></term><description>one of <see cref="Balancing.BalancingPolicies.Names"/></description></item>
    /// <item><term><c>canary</c></term><description>the percentage of calls that go to instances on trial</description></item>
    /// <item><term><c>canary.header</c></term><description>a header, or header and value as <c>name:value</c>, that sends a call to them</description></item>
    /// <item><term><c>canary.tag</c>, <c>canary.version</c> …</term><description>which instances those are, as above</description></item>
    /// </list>
    /// </param>
    /// <exception cref="FormatException">It can't be read; the message names the faulty part and shows a right one.</exception>
    public static ServiceTarget Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var target, out var fault)
            ? target
            : throw new FormatException($"The target can't be used: {fault}. Write it like orders?tag=v1&policy=round_robin.");
    }

    /// <summary>Reads a target.</summary>
    /// <param name="text">See <see cref="Parse"/>.</param>
    /// <param name="target">What it says.</param>
    /// <param name="fault">What is wrong with it: a clause that a sentence about the target can go on with.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ServiceTarget? target, [NotNullWhen(false)] out string? fault)
    {
        var reader = new TargetReader();
        target = reader.Read(text ?? "");
        fault = target is null ? reader.Fault! : null;
        return target is not null;
    }

    /// <summary>The target in its shortest form; reading it gives an equal one.</summary>
    public override string ToString()
    {
        var writer = new TargetWriter().Add(Query).Add("policy", Policy);
        return (Canary is null ? writer : writer.Add(Canary)).After(Query.Name);
    }
}
