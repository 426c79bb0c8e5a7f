using System.Net;
using Rollcall.Consul.Wire;

namespace Rollcall.Cli.Commands.Explain;

/// <summary>Finds out why one instance is called or not, and what is wrong with it.</summary>
/// <param name="view">What the registry says.</param>
/// <param name="connections">For each address that was tried null, or why it does not accept connections.</param>
internal sealed class InstanceExplainer(RegistryView view, IReadOnlyDictionary<(string Host, int Port), string?> connections)
{
    private const int MaxOutput = 160;

    /// <summary>The agent of a node, as programs on the node reach it unless it was told otherwise.</summary>
    private const string LocalAgent = "http://127.0.0.1:8500/v1/agent";

    /// <summary>What the agent gives, with why the caller leaves it out; null: it is called.</summary>
    private readonly Dictionary<(string Id, string Host, int Port), string?> _offered =
        view.Offered.Distinct().ToDictionary(static e => (e.Id, e.Host, e.Port), view.Query.Select.WhyNot);

    private readonly ILookup<(string Host, int Port), (string Id, string Node)> _idsByAddress =
        view.Registered.Select(RegisteredInstance.Of).ToLookup(static i => (i.Host, i.Port), static i => (i.Id, i.Entry.Node.Node));

    public InstanceExplanation Explain(RegisteredInstance instance)
    {
        var isOffered = _offered.TryGetValue((instance.Id, instance.Host, instance.Port), out var whyNot);
        var isCalled = isOffered && whyNot is null;
        var wasTried = connections.TryGetValue((instance.Host, instance.Port), out var refusal);
        bool? isReachable = wasTried ? refusal is null : null;
        var worst = Worst(instance);
        List<Finding> findings = [];
        if (!instance.HasAddress)
        {
            findings.Add(NoAddress(instance));
        }

        if (worst is not null)
        {
            findings.Add(OfCheck(instance, worst, isReachable, isOffered));
        }

        if (OfTags(instance) is { } tags)
        {
            findings.Add(tags);
        }

        if (!isCalled && findings.Count == 0)
        {
            findings.Add(new Finding(
                FindingCode.NoMatch,
                whyNot is not null ? $"is registered {whyNot}, and {view.Query.Select} was asked for"
                    : view.Query.Filter is { } filter ? $"does not match the filter {filter}"
                    : "is not what was asked for",
                IsFault: false));
        }

        if (instance.HasAddress)
        {
            findings.AddRange(OfAddress(instance, isCalled, refusal));
        }

        return new InstanceExplanation
        {
            Id = instance.Id,
            Address = instance.Authority,
            Node = instance.Entry.Node.Node,
            Status = worst?.Status ?? CheckStatus.Passing,
            IsCalled = isCalled,
            IsReachable = isReachable,
            Findings = findings,
        };
    }

    private static HealthCheck? Worst(RegisteredInstance instance) =>
        instance.Entry.Checks.Where(static c => c.Status != CheckStatus.Passing).MaxBy(static c => c.Status == CheckStatus.Critical);

    private static Finding NoAddress(RegisteredInstance instance) => new(
        FindingCode.NoAddress,
        instance.Host.Length == 0 ? "is registered without an address, so nobody can call it"
        : !instance.HasHost ? $"is registered as '{OneLine(instance.Host)}', which is neither a name nor an address, so nobody can call it"
        : $"is registered with port {instance.Port}, so nobody can call it",
        "Register it with the address and port that its server listens on; AddServiceRegistration takes them from the server.");

    private Finding OfCheck(RegisteredInstance instance, HealthCheck check, bool? isReachable, bool isOffered)
    {
        if (check.CheckId.StartsWith("_service_maintenance", StringComparison.Ordinal) || check.CheckId == "_node_maintenance")
        {
            var what = check.CheckId == "_node_maintenance" ? $"its node {check.Node} is in maintenance" : "is in maintenance";
            var (scope, path) = check.CheckId == "_node_maintenance" ? ("", "maintenance") : ($" -service={instance.Id}", $"service/maintenance/{Uri.EscapeDataString(instance.Id)}");
            return new Finding(
                FindingCode.Maintenance,
                check.Notes.Length > 0 ? $"{what}: {OneLine(check.Notes)}" : what,
                $"Somebody took it out on purpose. When the work is done, on its node: consul maint -disable{scope}, or curl -X PUT '{LocalAgent}/{path}?enable=false'",
                IsFault: false);
        }

        if (check.CheckId == "serfHealth")
        {
            return new Finding(
                FindingCode.NodeLost,
                $"the agent of its node {check.Node} is gone from the cluster",
                $"Start the agent of {check.Node} again; if the node is gone for good: consul force-leave {check.Node}");
        }

        var output = OneLine(check.Output.Length > 0 ? check.Output : view.OutputOf(check));
        var isOfNode = check.ServiceId.Length == 0;
        return new Finding(
            FindingCode.Check,
            $"{check.Status}: check {check.CheckId}{(isOfNode ? $" of its node {check.Node}" : "")} {(output.Length > 0 ? $"says {output}" : "has not said anything yet")}",
            !isOffered && check.Status == CheckStatus.Warning && !view.Query.WarningToo ? AdviceOnWarning(instance, check)
                : isOfNode ? $"It is a check of the node {check.Node}, and takes out every instance there: look at that machine, and at what the check asks."
                : AdviceOnCheck(instance, output, isReachable));
    }

    /// <summary>It runs and says so: whether it takes calls is up to the caller.</summary>
    private static string AdviceOnWarning(RegisteredInstance instance, HealthCheck check) =>
        "Callers leave out what warns. With warning=true in their target they call it, at the weight that it has for this "
        + $"({instance.Entry.Service.Weights?.Warning ?? 1}). "
        + (check.ServiceId.Length == 0 ? $"The check is one of the node {check.Node}: look at that machine." : "What its check warns of is in its log.");

    private static string AdviceOnCheck(RegisteredInstance instance, string output, bool? isReachable)
    {
        var gone = $"If it is gone for good: rollcall deregister {instance.Id}";
        if (output.StartsWith("TTL expired", StringComparison.Ordinal))
        {
            return isReachable is true
                ? "Its heartbeat has stopped, though it accepts connections: it hangs, or can't reach its agent. Look into its log."
                : $"Its heartbeat has stopped: its process is gone, hangs, or can't reach its agent. {gone}";
        }

        return isReachable switch
        {
            true when TellsOfSilence(output) =>
                "It accepts connections and does not answer its check in time: it hangs, is paused or overloaded. Look into its log, and at what its threads do.",
            true => "It accepts connections, so it runs: look into its log, and at what its check asks.",
            false => $"Nothing answers at its address either: start it again. {gone}",
            _ => $"Look whether it runs, and into its log. {gone}",
        };
    }

    /// <summary>In the words of Consul's HTTP, gRPC and TCP checks.</summary>
    private static bool TellsOfSilence(string output) =>
        output.Contains("DeadlineExceeded", StringComparison.Ordinal)
        || output.Contains("deadline exceeded", StringComparison.Ordinal)
        || output.Contains("Client.Timeout exceeded", StringComparison.Ordinal)
        || output.Contains("i/o timeout", StringComparison.Ordinal);

    private Finding? OfTags(RegisteredInstance instance)
    {
        var tags = instance.Entry.Service.Tags ?? [];
        string[] missing = [.. view.Query.Tags.Where(tag => !tags.Contains(tag))];
        return missing.Length == 0
            ? null
            : new Finding(
                FindingCode.Tag,
                $"has no tag {string.Join(" and no tag ", missing)} ({(tags.Count == 0 ? "it has none" : $"it has {string.Join(", ", tags)}")})",
                IsFault: false);
    }

    private IEnumerable<Finding> OfAddress(RegisteredInstance instance, bool isCalled, string? refusal)
    {
        var isAddress = IPAddress.TryParse(instance.Host, out var address);
        if (isAddress && (address!.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
        {
            yield return new Finding(
                FindingCode.WildcardAddress,
                $"is registered as {instance.Host}, which for every caller is the caller's own machine",
                "Register the address that others reach it by, or none at all for that of its node; AddServiceRegistration does.");
        }
        else if (IsLoopback(instance.Host) && !IsLoopback(instance.Entry.Node.Address))
        {
            yield return new Finding(
                FindingCode.LoopbackAddress,
                $"is registered as {instance.Host}, which only programs on {instance.Entry.Node.Node} ({instance.Entry.Node.Address}) can reach",
                "Let its server listen on an address of its machine and register that one; callers elsewhere reach themselves now.");
        }
        else if (isCalled && refusal is not null)
        {
            var isWatched = instance.Entry.Checks.Any(static c => c.ServiceId.Length > 0);
            yield return new Finding(
                FindingCode.Unreachable,
                $"does not accept connections from here: {refusal}",
                isWatched
                    ? $"Its checks have not noticed, or it can be reached from elsewhere only. Look whether it runs; if it is gone for good: rollcall deregister {instance.Id}"
                    : $"It has no check of its own, so nobody notices when it dies: register it with one. If it is gone for good: rollcall deregister {instance.Id}");
        }

        var all = _idsByAddress[(instance.Host, instance.Port)];
        string[] nodes = [.. all.Where(other => other.Id == instance.Id && other.Node != instance.Entry.Node.Node).Select(static other => other.Node)];
        if (nodes.Length > 0)
        {
            yield return new Finding(
                FindingCode.SameAddress,
                $"is registered with the same id and address on node {string.Join(", ", nodes)} as well",
                $"One server is registered with more than one agent, so it gets more than its share: it may have had another agent before. Ask the agent of the node where it is no more: "
                + $"rollcall deregister {instance.Id} -http-addr AGENT");
        }

        string[] others = [.. all.Where(other => other.Id != instance.Id).Select(static other => other.Id)];
        if (others.Length > 0)
        {
            yield return new Finding(
                FindingCode.SameAddress,
                $"has the same address as {string.Join(", ", others)}",
                "One server is registered more than once, so it gets more than its share: deregister what is left over from an earlier start (rollcall deregister ID).");
        }
    }

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static string OneLine(string text)
    {
        text = text.ReplaceLineEndings(" ").Trim();
        return text.Length <= MaxOutput ? text : string.Concat(text.AsSpan(0, MaxOutput - 1), "…");
    }
}
