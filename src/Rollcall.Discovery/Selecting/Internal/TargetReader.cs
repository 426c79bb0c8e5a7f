using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Selecting.Internal;

/// <summary>Reads a service's name and its parameters.</summary>
internal sealed class TargetReader
{
    private static readonly ImmutableArray<string> s_single = ["dc", "near", "filter", "passing", "policy"];

    private readonly Dictionary<string, string> _single = [];
    private readonly SelectorReader _selector = new("");

    /// <summary>The names of all parameters, as messages list them.</summary>
    public static ImmutableArray<string> Names { get; } = [.. SelectorReader.Names, .. s_single];

    /// <summary>What was wrong, when <see cref="Read"/> gave null.</summary>
    public string? Fault { get; private set; }

    public static bool Knows(string name) => s_single.Contains(name) || SelectorReader.Knows(name);

    public ServiceTarget? Read(string text)
    {
        if (text.Contains('#', StringComparison.Ordinal))
        {
            return Refuse("a '#' has no meaning in it; write %23 if a value contains one");
        }

        var question = text.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? text : text[..question];
        if (path.Length == 0)
        {
            return Refuse("the service's name is missing");
        }

        if (path.Contains('/', StringComparison.Ordinal))
        {
            return Refuse($"the service's name '{path}' contains a '/'; write %2F if it really does");
        }

        var name = Uri.UnescapeDataString(path);
        if (string.IsNullOrWhiteSpace(name))
        {
            return Refuse("the service's name is blank");
        }

        foreach (var parameter in question < 0 ? [] : text[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            Fault ??= Take(parameter);
        }

        return Fault is null ? Build(name) : null;
    }

    private string? Take(string parameter)
    {
        var equals = parameter.IndexOf('=', StringComparison.Ordinal);
        var name = Uri.UnescapeDataString(equals < 0 ? parameter : parameter[..equals]);
        var value = equals < 0 ? "" : Uri.UnescapeDataString(parameter[(equals + 1)..]);
        if (!Knows(name))
        {
            return $"the parameter '{name}' is not known; known are {string.Join(", ", Names)}";
        }

        if (value.Length == 0)
        {
            return $"the parameter '{name}' has no value";
        }

        return !s_single.Contains(name) ? _selector.Take(name, value)
            : _single.TryAdd(name, value) ? null
            : $"the parameter '{name}' is there more than once";
    }

    private ServiceTarget? Build(string name)
    {
        var policy = _single.GetValueOrDefault("policy");
        if (policy is not null && !BalancingPolicies.IsKnown(policy))
        {
            return Refuse($"there is no policy '{policy}'; use one of {string.Join(", ", BalancingPolicies.Names)}");
        }

        if (!TryReadFlag("passing", otherwise: true, out var passing) || !TryReadDatacenters(out var datacenters))
        {
            return null;
        }

        var selector = _selector.Selector;
        var query = new ServiceQuery(name)
        {
            // The agent leaves out what has not all of the tags, so that it is never sent.
            Tags = selector.Tags,
            Select = selector with { Tags = [] },
            Datacenters = datacenters,
            Near = _single.GetValueOrDefault("near"),
            Filter = _single.GetValueOrDefault("filter"),
            PassingOnly = passing,
        };
        return new ServiceTarget(query) { Policy = policy };
    }

    private bool TryReadDatacenters(out ImmutableArray<string> datacenters)
    {
        datacenters = _single.TryGetValue("dc", out var list) ? [.. list.Split(',', StringSplitOptions.TrimEntries)] : [];
        if (datacenters.Contains(""))
        {
            Refuse($"the datacenters '{list}' have an empty one among them; write them like dc1,dc2");
            return false;
        }

        return true;
    }

    private bool TryReadFlag(string name, bool otherwise, out bool value)
    {
        value = otherwise;
        if (!_single.TryGetValue(name, out var text))
        {
            return true;
        }

        value = text is "true" or "1";
        if (value || text is "false" or "0")
        {
            return true;
        }

        Refuse($"the parameter '{name}' is '{text}' and has to be true or false");
        return false;
    }

    private ServiceTarget? Refuse(string what)
    {
        Fault = what;
        return null;
    }
}
