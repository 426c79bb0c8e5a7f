using System.Net;
using Rollcall.Cli.Commands.Explain.Callers;
using Rollcall.Consul;
using Rollcall.Errors;

namespace Rollcall.Cli.Commands.Explain;

/// <summary>Draws the conclusion from what was found out about the registry and the instances.</summary>
internal static class ServiceExplainer
{
    private const int MaxReasons = 3;

    /// <summary>A server that has not heard from the leader for longer answers with what may be old.</summary>
    private static readonly TimeSpan s_longContact = TimeSpan.FromSeconds(5);

    /// <param name="target">What was asked, as a channel would be given it.</param>
    /// <param name="view">What the registry says.</param>
    /// <param name="instances">All that are registered.</param>
    /// <param name="caller">What a caller makes of them; null: none was asked.</param>
    public static Explanation Explain(string target, RegistryView view, IReadOnlyList<InstanceExplanation> instances, CallerExplanation? caller)
    {
        var called = instances.Count(static i => i.IsCalled);
        List<Finding> findings = [.. OfRegistry(view)];
        if (called == 0 && OfTags(view) is { } tags)
        {
            findings.Add(tags);
        }
        else if (called == 0 && OfSelection(view) is { } selection)
        {
            findings.Add(selection);
        }

        var hasNowhereToGo = called == 0 || caller?.Uses.Any(static use => use.Picked == 0) == true || instances.Where(static i => i.IsCalled).All(static i => i.IsReachable is false);
        var isFaulty = findings.Concat(instances.SelectMany(static i => i.Findings)).Concat(caller?.Findings ?? []).Any(static f => f.IsFault);
        return new Explanation
        {
            Service = view.Query.Name,
            Target = target,
            Source = view.Source,
            Outcome = view.Failure is not null ? Outcomes.Unknown : hasNowhereToGo ? Outcomes.None : isFaulty ? Outcomes.Degraded : Outcomes.Ok,
            Verdict = Verdict(view, instances, called) + (caller is null ? "" : VerdictOf(caller)),
            Registered = instances.Count,
            Called = called,
            Findings = findings,
            Caller = caller,
            Instances = instances,
        };
    }

    private static string Verdict(RegistryView view, IReadOnlyList<InstanceExplanation> instances, int called)
    {
        var name = view.Query.Name;
        if (view.Failure is { } failure)
        {
            var why = failure.Origin == ConsulErrorOrigin.Unreachable ? $"{view.Source} does not answer"
                : view.HasLeader is false ? "the cluster has no leader"
                : failure.StatusCode is HttpStatusCode.Forbidden ? "access was refused"
                : $"{view.Source} failed";
            return $"'{name}' can't be looked up: {why}.";
        }

        var doubt = view.HasLeader is false ? " The cluster has no leader, so this may be old." : "";
        if (instances.Count == 0)
        {
            return $"'{name}' resolves to nothing: no instance is registered under this name{(view.AreRulesInForce || view.IsFiltered ? ", or none that may be seen" : "")}.{doubt}";
        }

        var leftOut = LeftOut(instances);
        if (called == 0)
        {
            return $"'{name}' resolves to nothing: {All(instances.Count)} left out ({leftOut}).{doubt}";
        }

        var which = called == instances.Count
            ? called switch { 1 => "the only registered instance", 2 => "both registered instances", _ => $"all {called} registered instances" }
            : $"{called} of {instances.Count} registered instances (left out: {leftOut})";
        return $"'{name}' resolves to {which}{Reachability([.. instances.Where(static i => i.IsCalled)])}.{doubt}";
    }

    private static string VerdictOf(CallerExplanation caller) => caller.Uses switch
    {
        [] => "",
        [var use] => $" The caller calls {use.Picked} of {use.Listed} in its list.",
        var uses => $" The caller has {uses.Count} channels or clients for it, which call {string.Join(", ", uses.Select(static use => $"{use.Picked} of {use.Listed}"))}.",
    };

    private static string Reachability(IReadOnlyList<InstanceExplanation> called)
    {
        if (called.Any(static i => i.IsReachable is null))
        {
            return "";
        }

        var refused = called.Count(static i => i.IsReachable is false);
        return (called.Count, refused) switch
        {
            (1, 0) => ", and it accepts connections",
            (1, 1) => ", but it does not accept connections from here",
            (2, 0) => ", and both accept connections",
            (_, 0) => ", and all of them accept connections",
            var (all, some) when all == some => ", but none of them accepts connections from here",
            (var all, 1) => $", but 1 of the {all} does not accept connections from here",
            var (all, some) => $", but {some} of the {all} do not accept connections from here",
        };
    }

    private static string LeftOut(IReadOnlyList<InstanceExplanation> instances)
    {
        var reasons = instances.Where(static i => !i.IsCalled).Select(static i => i.Findings[0].Code).ToLookup(static code => code);
        var parts = new List<string>();
        Add(FindingCode.Check, "by a check");
        Add(FindingCode.NodeLost, "because its node is lost", "because their nodes are lost");
        Add(FindingCode.Maintenance, "in maintenance");
        Add(FindingCode.Tag, "by its tags", "by their tags");
        Add(FindingCode.NoMatch, "not what was asked for");
        Add(FindingCode.NoAddress, "without a usable address or port");
        return string.Join(", ", parts);

        void Add(string code, string one, string? many = null)
        {
            if (reasons[code].Count() is > 0 and var count)
            {
                parts.Add($"{count} {(count == 1 ? one : many ?? one)}");
            }
        }
    }

    private static IEnumerable<Finding> OfRegistry(RegistryView view)
    {
        if (view.HasLeader is false)
        {
            yield return new Finding(
                FindingCode.NoLeader,
                "the cluster has no leader: nothing can be registered, and what is read may be old",
                "Bring back the servers that are missing: a majority of them elects a leader (rollcall members shows who is there). Callers go on with the list they have.");
        }

        if (view.Failure is { } failure)
        {
            if (OfFailure(view, failure) is { } finding)
            {
                yield return finding;
            }

            yield break;
        }

        if (view.HasLeader is not false && view.LastContact > s_longContact)
        {
            yield return new Finding(
                FindingCode.OldAnswer,
                $"the server that answered last heard from the leader {view.LastContact.TotalSeconds:0} s ago, so the list may be old",
                "Look into that server's log: it is cut off from the others, or overloaded.");
        }

        if (view.IsFiltered)
        {
            yield return new Finding(FindingCode.AccessRules, "access rules removed instances from the answer", AdviceOnToken(view));
        }

        if (view.Registered.Count > 0)
        {
            yield break;
        }

        if (view.AreRulesInForce && !view.IsFiltered)
        {
            yield return new Finding(FindingCode.AccessRules, "access rules are in force here, and they hide a service without a word", AdviceOnToken(view));
        }

        var nearest = Suggestion.Nearest(view.Query.Name, [.. view.Services.Where(s => s != view.Query.Name)]);
        var datacenter = view.Query.Datacenter is { } dc ? $" in datacenter {dc}" : "";
        yield return new Finding(
            FindingCode.NotRegistered,
            $"no instance is registered under the name '{view.Query.Name}'{datacenter}",
            (nearest is null ? "" : $"Did you mean '{nearest}'? ")
                + $"Start an instance that registers with {view.Source}; if one runs, its log says why it is not registered. rollcall services lists the names.");
    }

    /// <summary>Nothing is called, and the tags alone would be reason enough.</summary>
    private static Finding? OfTags(RegistryView view)
    {
        string[] known = [.. view.Registered.SelectMany(static e => e.Service.Tags ?? []).Distinct().Order(StringComparer.Ordinal)];
        var isOffered = view.Registered.Any(e => view.Query.Tags.All(tag => e.Service.Tags?.Contains(tag) is true));
        return view.Registered.Count == 0 || isOffered
            ? null
            : new Finding(
                FindingCode.Tag,
                $"no instance has the {(view.Query.Tags.Length == 1 ? "tag" : "tags")} {string.Join(" and ", view.Query.Tags)}; {(known.Length == 0 ? "they have none" : $"there are {string.Join(", ", known)}")}",
                "Correct the tags in the target, or register the instances with them.");
    }

    /// <summary>The agent gives instances, and the target selects none of them.</summary>
    private static Finding? OfSelection(RegistryView view)
    {
        var reasons = view.Offered.Select(view.Query.Select.WhyNot).ToList();
        if (reasons.Count == 0 || reasons.Contains(null))
        {
            return null;
        }

        var counts = reasons.GroupBy(static reason => reason).OrderByDescending(static reason => reason.Count()).Take(MaxReasons);
        return new Finding(
            FindingCode.NoMatch,
            $"of {reasons.Count} {(reasons.Count == 1 ? "instance" : "instances")} that can be called none meets {view.Query.Select}: {string.Join(", ", counts.Select(static reason => $"{reason.Count()} {reason.Key}"))}",
            "Correct the conditions in the target, which callers select by, or register instances that meet them.");
    }

    private static Finding? OfFailure(RegistryView view, ConsulException failure)
    {
        if (failure.Origin == ConsulErrorOrigin.Unreachable)
        {
            return new Finding(
                FindingCode.AgentUnreachable,
                failure.Message,
                "Callers that run go on with the list they have; new ones find nothing until the agent is back.");
        }

        if (failure.StatusCode is HttpStatusCode.Forbidden)
        {
            return new Finding(FindingCode.AccessRules, $"{view.Source} refuses: {failure.Body}", AdviceOnToken(view, failure.Body));
        }

        // The message of a cluster without a leader says no more than that.
        return view.HasLeader is false ? null : new Finding(FindingCode.LookupFailed, failure.Message, AdviceOnSilence(failure));
    }

    /// <summary>Where the failure's own message ends with what to do, there is nothing to add.</summary>
    private static string? AdviceOnSilence(ConsulException failure) => failure switch
    {
        { Origin: ConsulErrorOrigin.Timeout } =>
            "Something accepts requests there and gives no answer: the agent hangs or is overloaded, or waits for servers of its cluster that are silent. Look at it, at the servers, and at the "
            + "network between (port 8300). Callers that run go on with the list they have.",
        { Origin: ConsulErrorOrigin.Server, StatusCode: >= HttpStatusCode.InternalServerError } =>
            "The agent answers, and can't look it up: most often it reaches no server of its cluster (port 8300). Look at the servers, the network between, and the agent's log (rollcall members "
            + "shows who is there). Callers that run go on with the list they have.",
        _ => null,
    };

    private static string AdviceOnToken(RegistryView view, string? said = null) =>
        (said is not null ? "" : view.HasToken ? "The token that was given may not read it. " : "No token was given. ")
        + TokenAdvice.Of(said, $"with service:read on {view.Query.Name} and node:read on its nodes", view.TokenOrigin);

    private static string All(int count) => count switch
    {
        1 => "the only registered instance is",
        2 => "both registered instances are",
        _ => $"all {count} registered instances are",
    };
}
