using System.Collections.Immutable;
using System.Globalization;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Balancing.Canary;

namespace Rollcall.Discovery.Selecting.Internal;

/// <summary>Reads a service's name and its parameters.</summary>
internal sealed class TargetReader
{
    public const string Canary = "canary";
    public const string CanaryHeader = Canary + ".header";
    private const string CanaryPrefix = Canary + ".";

    private static readonly ImmutableArray<string> s_single = ["dc", "near", "filter", "passing", "warning", "policy", Canary, CanaryHeader];

    private readonly Dictionary<string, string> _single = [];
    private readonly SelectorReader _selector = new("");
    private readonly SelectorReader _trial = new(CanaryPrefix);

    /// <summary>The names of all parameters, as messages list them.</summary>
    public static ImmutableArray<string> Names { get; } = [.. SelectorReader.Names, .. s_single, CanaryPrefix + "tag and so on"];

    /// <summary>What was wrong, when <see cref="Read"/> gave null.</summary>
    public string? Fault { get; private set; }

    public static bool Knows(string name) =>
        s_single.Contains(name) || SelectorReader.Knows(name.StartsWith(CanaryPrefix, StringComparison.Ordinal) ? name[CanaryPrefix.Length..] : name);

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

        if (s_single.Contains(name))
        {
            return _single.TryAdd(name, value) ? null : $"the parameter '{name}' is there more than once";
        }

        return name.StartsWith(CanaryPrefix, StringComparison.Ordinal) ? _trial.Take(name[CanaryPrefix.Length..], value) : _selector.Take(name, value);
    }

    private ServiceTarget? Build(string name)
    {
        var policy = _single.GetValueOrDefault("policy");
        if (policy is not null && !BalancingPolicies.IsKnown(policy))
        {
            return Refuse($"there is no policy '{policy}'; use one of {string.Join(", ", BalancingPolicies.Names)}");
        }

        if (!TryReadFlag("passing", otherwise: true, out var passing) || !TryReadFlag("warning", otherwise: false, out var warning) || !TryReadDatacenters(out var datacenters) || !TryReadCanary(out var canary))
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
            WarningToo = warning,
        };
        return new ServiceTarget(query) { Policy = policy, Canary = canary };
    }

    private bool TryReadCanary(out CanaryRule? rule)
    {
        rule = null;
        var hasShare = _single.TryGetValue(Canary, out var share);
        var hasHeader = _single.TryGetValue(CanaryHeader, out var header);
        if (!hasShare && !hasHeader)
        {
            return _trial.IsEmpty || No($"it says which instances are on trial but not which calls go to them; add for example {Canary}=5");
        }

        if (_trial.IsEmpty)
        {
            return No($"it says which calls go to instances on trial but not which those are; add for example {CanaryPrefix}version=^2");
        }

        var percent = 0.0;
        if (hasShare && !(double.TryParse(share, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out percent) && percent is >= 0 and <= 100))
        {
            return No($"the parameter '{Canary}' is '{share}' and has to be a percentage from 0 to 100");
        }

        var colon = header?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        rule = new CanaryRule
        {
            Instances = _trial.Selector,
            Percent = percent,
            Header = colon < 0 ? header : header![..colon],
            HeaderValue = colon < 0 ? null : header![(colon + 1)..],
        };
        return rule.Header is not "" || No($"the parameter '{CanaryHeader}' has no name before the ':'");
    }

    private bool TryReadDatacenters(out ImmutableArray<string> datacenters)
    {
        datacenters = _single.TryGetValue("dc", out var list) ? [.. list.Split(',', StringSplitOptions.TrimEntries)] : [];
        if (datacenters.Contains(""))
        {
            return No($"the datacenters '{list}' have an empty one among them; write them like dc1,dc2");
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
        return value || text is "false" or "0" || No($"the parameter '{name}' is '{text}' and has to be true or false");
    }

    private bool No(string what)
    {
        Fault = what;
        return false;
    }

    private ServiceTarget? Refuse(string what)
    {
        No(what);
        return null;
    }
}
