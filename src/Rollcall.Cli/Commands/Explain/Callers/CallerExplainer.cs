using System.Globalization;
using Rollcall.Discovery;

namespace Rollcall.Cli.Commands.Explain.Callers;

/// <summary>Lays what a caller tells beside what the registry says.</summary>
internal sealed class CallerExplainer
{
    private const string Fresh = "fresh";
    private const string Suspect = "suspect";
    private const int MaxListed = 5;

    private readonly CallerView _caller;
    private readonly RegistryView _registry;
    private readonly List<(CallerReply.ServicePart Service, CallerReply.CallerPart Caller)> _uses;
    private readonly Dictionary<string, ServiceQuery?> _queries;

    // What the caller asks for of the service beside what it was asked about.
    private readonly List<CallerReply.ServicePart> _others = [];

    /// <param name="caller">What the caller tells.</param>
    /// <param name="registry">What the registry says.</param>
    public CallerExplainer(CallerView caller, RegistryView registry)
    {
        (_caller, _registry) = (caller, registry);
        List<CallerReply.ServicePart> services = [.. (caller.Reply?.Services ?? []).Where(s => s.Service == registry.Query.Name)];

        // Who asks for 'orders?tag=v1' means the part of the process that does so, if there is one.
        var meant = registry.Query.ToString();
        if (services.Any(s => s.Query == meant))
        {
            _others = services.FindAll(s => s.Query != meant && s.Callers.Count > 0);
            services.RemoveAll(s => s.Query != meant);
        }

        _uses = [.. services.SelectMany(static s => s.Callers, static (s, c) => (s, c))];
        _queries = services.Select(static s => s.Query).Distinct().ToDictionary(static text => text, Parse);
    }

    public CallerExplanation Explain(IReadOnlyList<InstanceExplanation> instances) => new()
    {
        Url = _caller.Address,
        Application = _caller.Reply?.Application,
        ProcessId = _caller.Reply?.ProcessId,
        Machine = _caller.Reply?.Machine,
        Uses = [.. _uses.Select(static use => Summarize(use.Service, use.Caller))],
        Findings = [.. OfCaller().Concat(OfOthers(instances)).Concat(_uses.SelectMany(use => OfUse(use.Service, use.Caller, instances))).DistinctBy(static f => f.Text)],
    };

    /// <summary>The instance with what the caller makes of it.</summary>
    public InstanceExplanation Add(InstanceExplanation instance)
    {
        List<InstanceUse> uses = [];
        List<Finding> findings = [.. instance.Findings];
        foreach (var (service, caller) in _uses)
        {
            var part = caller.Instances.FirstOrDefault(i => i.Id == instance.Id && i.Address == instance.Address);
            uses.Add(Summarize(service.Query, part));
            if ((part is null ? OfMissing(service, instance) : OfStanding(part)) is { } finding)
            {
                findings.Add(_uses.Count == 1 || part is null ? finding : finding with { Text = $"{finding.Text} ({service.Query})" });
            }
        }

        return instance with { Caller = uses, Findings = [.. findings.DistinctBy(static f => f.Text)] };
    }

    private static ServiceQuery? Parse(string query) => Discovery.ServiceTarget.TryParse(query, out var target, out _) ? target.Query : null;

    private IEnumerable<Finding> OfCaller()
    {
        if (_caller.Fault is { } fault)
        {
            yield return new Finding(FindingCode.CallerUnavailable, fault, _caller.Advice);
        }
        else if (_queries.Count == 0)
        {
            yield return new Finding(
                FindingCode.CallerDoesNotCall,
                $"the caller at {_caller.Address.Authority} does not follow '{_registry.Query.Name}'",
                "A process follows a service from its first call or open channel on: make a call, and see whether it asks for this name.");
        }
        else if (_uses.Count == 0)
        {
            yield return new Finding(
                FindingCode.CallerDoesNotCall, $"the caller at {_caller.Address.Authority} follows '{_registry.Query.Name}', but has no channel or client that calls it", IsFault: false);
        }
    }

    private IEnumerable<Finding> OfOthers(IReadOnlyList<InstanceExplanation> instances)
    {
        List<string> queries = [.. _others.Select(static other => other.Query).Distinct()];
        if (queries.Count > 0)
        {
            yield return new Finding(
                FindingCode.CallerQuery,
                $"the caller asks for {string.Join(" and ", queries.Take(MaxListed))}{(queries.Count > MaxListed ? " and others" : "")}, too, which is explained by that name",
                IsFault: false);
        }

        // An empty list where there is nothing to be called is no fault of the query.
        foreach (var other in _others.Where(o => o.List is not null && o.Callers.Any(static c => c.Instances.Count == 0) && instances.Any(static i => i.IsCalled)))
        {
            yield return new Finding(
                FindingCode.CallerQuery,
                $"a client of the caller asks for {other.Query}, and finds no instance{(other.List!.Note is { } note ? $": {note.TrimEnd('.')}" : "")}",
                $"Its calls fail. Correct what it asks for, or bring up instances that match; rollcall explain '{other.Query}' --caller {_caller.Address} says more.");
        }
    }

    private IEnumerable<Finding> OfUse(CallerReply.ServicePart service, CallerReply.CallerPart caller, IReadOnlyList<InstanceExplanation> instances)
    {
        if (service.Source.Length > 0 && service.Source != _registry.Source)
        {
            yield return new Finding(FindingCode.CallerSource, $"the caller asks {service.Source}, and this command asked {_registry.Source}", IsFault: false);
        }

        if (service.List is not { } list)
        {
            yield return new Finding(
                FindingCode.CallerList,
                $"the caller has no list of {service.Query} yet{(service.Watch?.Failure is { } failure ? $": {failure.Reason}" : "")}",
                "Its calls fail, or wait. Bring back the registry that it asks, or correct the address that it was given.");
            yield break;
        }

        if (list.Freshness != Fresh)
        {
            yield return new Finding(
                FindingCode.CallerList,
                $"the caller's list of {service.Query} is {list.Freshness}, vouched for {Age(list.AgeSeconds)} ago: {list.Reason ?? "it does not say why"}",
                list.Freshness == Suspect
                    ? "Its calls go on with the last good list. If the registry is right, wait: the caller believes it after a while, 30 seconds unless CollapseHold says otherwise. If it lost what it knew, let the services register again."
                    : "Its calls go on with the last good list. It asks again by itself: see to what the reason speaks of, the agent that it asks or the servers behind that.");
        }

        if (caller.ServiceConfig is { Refused: { } refused })
        {
            yield return new Finding(
                FindingCode.ConfigRefused,
                $"a service config is refused, and the last good one stays: {refused.Origin}: {refused.Fault}",
                $"Correct it: rollcall config get {service.Service}, rollcall config check FILE, rollcall config set {service.Service} @FILE");
        }

        if (caller.ServiceConfig is { WithoutEffect: { Count: > 0 } parts, Origin: { } origin })
        {
            yield return new Finding(
                FindingCode.ConfigWithoutEffect,
                $"not all of the service config in force has an effect: {origin}: {string.Join("; ", parts)}",
                $"If it is a typing error, correct it: rollcall config get {service.Service}, rollcall config check FILE, rollcall config set {service.Service} @FILE");
        }

        if (caller.ServiceConfig is { Failure: { } unread } config)
        {
            yield return new Finding(
                FindingCode.ConfigUnread,
                $"the caller can't read service configs since {Clock(unread.Since)}: {unread.Reason}",
                $"{(config.Origin is null ? "It goes by its own options" : "What it read before stays in force")}. Make the registry reachable for it, and let its token read the key.");
        }

        // A registry that did not answer has said nothing of them.
        if (_registry.Failure is null && caller.Instances.Where(i => !instances.Any(known => known.Id == i.Id && known.Address == i.Address)).ToList() is { Count: > 0 } extra)
        {
            var names = string.Join(", ", extra.Take(MaxListed).Select(static i => $"{i.Id} ({i.Address})")) + (extra.Count > MaxListed ? ", …" : "");
            yield return new Finding(
                FindingCode.CallerExtra,
                $"the caller's list of {service.Query} has {names}, which the registry that was asked here does not have",
                list.Freshness switch
                {
                    Fresh => "If that stays so, the caller asks another registry or datacenter.",
                    Suspect => "They stay in its list while it doubts the registry's answer.",
                    _ => "They stay in its list until it can read the registry again.",
                });
        }
    }

    /// <summary>Why the caller's list does not have an instance.</summary>
    private Finding? OfMissing(CallerReply.ServicePart service, InstanceExplanation instance)
    {
        if (!instance.IsCalled || service.List is null)
        {
            return null;
        }

        if (_queries[service.Query] is { } query && !query.Equals(_registry.Query))
        {
            return new Finding(FindingCode.CallerQuery, $"is not in the list of the caller, which asks for {service.Query}", IsFault: false);
        }

        return new Finding(
            FindingCode.CallerMisses,
            "is not in the caller's list",
            service.List.Freshness switch
            {
                Fresh => "Changes reach callers within a second or so: ask again. If it stays so, the caller asks another registry or datacenter, or its token may not see the instance.",
                Suspect => "It gets it when it believes the registry's answer again.",
                _ => "It gets it when it can read the registry again.",
            });
    }

    private static Finding? OfStanding(CallerReply.InstancePart part)
    {
        var until = part.Until is { } time ? $" until {Clock(time)}" : "";
        var reason = part.Reason is null ? "" : $": {part.Reason}";
        return part.Standing switch
        {
            "ejected" => new Finding(
                FindingCode.Ejected,
                $"is ejected by the caller{until}{reason}",
                "The caller's calls to it went worse than those to the others: look into its log, and at what it depends on. The caller tries it again by itself."),
            "coolingDown" => new Finding(
                FindingCode.CoolingDown,
                $"is left out by the caller{until}{reason}",
                "Look whether it runs, and whether the caller's machine can reach its address. The caller tries it again by itself."),
            "full" => new Finding(
                FindingCode.Full,
                $"has {part.InFlight} calls of the caller in flight, as many as it may have",
                "Start more instances, or raise maxInFlight. If calls hang, look what they wait for."),
            "outsideSubset" => new Finding(FindingCode.OutsideSubset, "is outside the subset that this caller uses", IsFault: false),
            "standBy" => new Finding(FindingCode.StandBy, $"stands by for the caller{reason}", IsFault: false),
            "warming" => new Finding(
                FindingCode.Warming, string.Create(CultureInfo.InvariantCulture, $"is new to the caller and takes {part.WarmUpFactor:P0} of its share{until}"), IsFault: false),
            "picked" when part.Weight == 0 => new Finding(FindingCode.NoWeight, "has weight 0, so that policies by weight call it only when nothing else is left", IsFault: false),
            _ => null,
        };
    }

    private static CallerUse Summarize(CallerReply.ServicePart service, CallerReply.CallerPart caller) => new()
    {
        Query = service.Query,
        Source = service.Source,
        Freshness = service.List?.Freshness,
        AgeSeconds = service.List?.AgeSeconds,
        Policy = caller.Policy,
        PolicyOrigin = caller.PolicyOrigin,
        WatchRestarts = service.Watch?.Restarts ?? 0,
        LastError = service.Watch?.LastFailure?.Reason,
        LastErrorSince = service.Watch?.LastFailure?.Since,
        IsFailing = service.Watch?.Failure is not null,
        Moved = caller.Retries?.Moved ?? 0,
        Retried = caller.Retries?.Retried ?? 0,
        Hedged = caller.Retries?.Hedged ?? 0,
        Listed = caller.Instances.Count,
        Picked = caller.Instances.Count(static i => i.IsPicked),
    };

    private static InstanceUse Summarize(string query, CallerReply.InstancePart? part) => new()
    {
        Query = query,
        Standing = part?.Standing,
        IsPicked = part?.IsPicked ?? false,
        Reason = part?.Reason,
        Until = part?.Until,
        Picks = part?.Picks ?? 0,
        InFlight = part?.InFlight ?? 0,
        InFlightLimit = part?.InFlightLimit,
        LatencyMs = part?.LatencyMs,
    };

    private static string Clock(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Age(double seconds) => seconds < 120
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0.#} s")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min");
}
