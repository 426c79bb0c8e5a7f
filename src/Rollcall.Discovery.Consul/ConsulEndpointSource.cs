using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Discovery.Consul.Internal;
using Rollcall.Logs;

namespace Rollcall.Discovery.Consul;

/// <summary>
/// Follows services in Consul by blocking queries on <c>health/service</c>. Thread-safe. It says when an answer is in doubt (the server
/// knows no leader; an index that went backwards is seen by the watch itself) and why a list is empty.
/// </summary>
public sealed partial class ConsulEndpointSource : IEndpointSource
{
    // What a token may see changes without the index, and with it the reason. A server without a leader is asked every second or two.
    private static readonly TimeSpan s_explanationAge = TimeSpan.FromMinutes(1);

    private readonly ConsulClient _client;
    private readonly ConsulConsistency _consistency;
    private readonly TimeSpan _leaderlessInterval;
    private readonly TimeSpan? _maxStaleness;
    private readonly bool _cached;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, LeaderlessTurns> _leaderless = new();

    // Which queries have had instances: a watch that is started again after an outage is to doubt an empty list as the one before it would have.
    private readonly ConditionalWeakTable<ServiceQuery, object> _hadInstances = [];
    private int _toldOfTurns;

    /// <param name="client">Not disposed by the source.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="timeProvider">Null: the system's.</param>
    /// <param name="loggerFactory">Null: no log.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public ConsulEndpointSource(
        ConsulClient client, ConsulEndpointSourceOptions? options = null, TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        options ??= new ConsulEndpointSourceOptions();
        if (options.Validate() is { Count: > 0 } faults)
        {
            throw new ArgumentException($"The options of the source can't be used: {string.Join("; ", faults)}.", nameof(options));
        }

        _client = client;
        _consistency = options.Consistency;
        _leaderlessInterval = options.LeaderlessInterval;
        _maxStaleness = options.MaxStaleness;
        _cached = options.UseAgentCache;
        _time = timeProvider ?? TimeProvider.System;
        _logger = new SteadyLoggerFactory(loggerFactory).CreateLogger("Rollcall.Discovery.Consul");
        Name = client.ToString();
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    /// <exception cref="ConsulException">A query failed (thrown while enumerating).</exception>
    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var asked = ToInstanceQuery(query);
        LeaderlessTurns.Turn? turn = null;
        var told = new Told();
        try
        {
            while (true)
            {
                Task? leader = null;
                asked = asked with { HadValue = _hadInstances.TryGetValue(query, out _) };
                await foreach (var answer in
                    _client.Health.WatchServiceAsync(query.Name, asked, cancellationToken).ConfigureAwait(false))
                {
                    if (answer.Value.Count > 0)
                    {
                        _hadInstances.AddOrUpdate(query, this);
                    }

                    if (_client.WatchesTakeTurns && Interlocked.Exchange(ref _toldOfTurns, 1) == 0)
                    {
                        Log.WatchesTakeTurns(_logger, Name);
                    }

                    // Before the reader has the answer, who may take his time.
                    leader = answer.KnownLeader ? null : LeaderlessOf(query).NextLeader;
                    End(ref turn, answer.KnownLeader);
                    yield return await ToUpdateAsync(query, asked, answer, told, cancellationToken).ConfigureAwait(false);
                    if (leader is not null)
                    {
                        break;
                    }
                }

                if (leader is null)
                {
                    yield break;
                }

                // The index does not move when the leader is back, so a blocking query would leave the list in doubt for minutes: the watch begins anew.
                turn = await LeaderlessOf(query).WaitAsync(leader, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            End(ref turn, knownLeader: false);
        }
    }

    /// <inheritdoc/>
    public bool IsRefusal(ServiceQuery query, Exception error)
    {
        ArgumentNullException.ThrowIfNull(query);
        return Refusals.IsDenied(error) || Refusals.IsWrongFilter(query, error);
    }

    private static void End(ref LeaderlessTurns.Turn? turn, bool knownLeader)
    {
        if (knownLeader)
        {
            turn?.Succeed();
        }
        else
        {
            turn?.Dispose();
        }

        turn = null;
    }

    /// <summary>Each datacenter has a leader of its own.</summary>
    private LeaderlessTurns LeaderlessOf(ServiceQuery query) =>
        _leaderless.GetOrAdd(query.Datacenter ?? "", static (_, all) => new LeaderlessTurns(all._leaderlessInterval, all._time), this);

    private InstanceQuery ToInstanceQuery(ServiceQuery query) => new()
    {
        Datacenter = query.Datacenter,
        Consistency = _consistency,
        Cached = _cached,
        MaxStaleness = _maxStaleness,

        // What the token may see changes without the index. The reader compares lists anyhow.
        EveryAnswer = true,
        Near = query.Near,
        Filter = query.Filter,

        // Consul leaves out all that are not passing, or none: those that warn come with the critical ones.
        PassingOnly = query.PassingOnly && !query.WarningToo,
        Tags = query.Tags,
    };

    private async ValueTask<EndpointUpdate> ToUpdateAsync(
        ServiceQuery query,
        InstanceQuery asked,
        ConsulResponse<IReadOnlyList<HealthServiceEntry>> answer,
        Told told,
        CancellationToken cancellationToken)
    {
        var doubt = answer.KnownLeader ? null : $"the server that answered at {answer.Agent} knows no leader";
        if (doubt is null && (answer.LastContact > _maxStaleness || answer.CacheAge > _maxStaleness))
        {
            (answer, doubt) = await RenewAsync(asked, query, answer, cancellationToken).ConfigureAwait(false);
        }
        else if (doubt is null && answer.CacheAge > TimeSpan.Zero)
        {
            // What an agent keeps for others it also keeps up to date, and tells an age only when it no longer can.
            doubt = CacheLag(answer);
        }

        var entries = query.PassingOnly && query.WarningToo ? [.. answer.Value.Where(static entry => !EndpointMapping.IsCritical(entry))] : answer.Value;
        (var endpoints, var unusable) = EndpointMapping.Map(entries);
        string? note = null;
        var list = string.Join(", ", unusable);
        if (list.Length > 0)
        {
            if (told.Unusable != list)
            {
                Log.Unusable(_logger, query, list);
            }

            note = $"{unusable.Length} of {entries.Count} can't be called because they are registered without a usable address or with port 0: {list}";
        }

        told.Unusable = list;
        if (entries.Count == 0)
        {
            if (told.Empty is not { } known
                || known.Index != answer.Index
                || known.Filtered != answer.ResultsFiltered
                || _time.GetElapsedTime(known.Asked) >= s_explanationAge
                || (known.Why is null && answer.KnownLeader))
            {
                var now = _time.GetTimestamp();
                var why = await ExplainAsync(query, answer.ResultsFiltered, cancellationToken).ConfigureAwait(false);
                told.Empty = known = (answer.Index, answer.ResultsFiltered, now, why);
            }

            // The answer itself stands; only its explanation may be missing.
            note = known.Why ?? EmptyAnswer.Unexplained(query);
        }

        return new EndpointUpdate
        {
            Endpoints = endpoints,
            Index = answer.Index,
            Doubt = doubt,
            Note = note,
        };
    }

    /// <summary>Asks the leader what a server answered that is too far behind it.</summary>
    /// <returns>The leader's answer; without one, the answer as it was, and a doubt.</returns>
    private async ValueTask<(ConsulResponse<IReadOnlyList<HealthServiceEntry>> Answer, string? Doubt)> RenewAsync(
        InstanceQuery asked, ServiceQuery query, ConsulResponse<IReadOnlyList<HealthServiceEntry>> old, CancellationToken cancellationToken)
    {
        try
        {
            var ofLeader = asked with { Index = 0, Consistency = ConsulConsistency.Default, Cached = false };
            return (await _client.Health.ServiceAsync(query.Name, ofLeader, cancellationToken).ConfigureAwait(false), null);
        }
        catch (ConsulException e)
        {
            var lag = old.CacheAge > _maxStaleness
                ? CacheLag(old)
                : $"the server that answered at {old.Agent} last heard from the leader {old.LastContact!.Value.TotalSeconds:0.#} s ago";
            return (old, $"{lag}, and the leader can't be asked: {e.Message}");
        }
    }

    private static string CacheLag(ConsulResponse<IReadOnlyList<HealthServiceEntry>> answer) =>
        $"the agent's cache at {answer.Agent} last heard from a server {answer.CacheAge!.Value.TotalSeconds:0.#} s ago";

    /// <summary>Asks without the conditions what there is, so that "none" can be told from "none that matches".</summary>
    /// <returns>Null: it can't be asked.</returns>
    private async ValueTask<string?> ExplainAsync(ServiceQuery query, bool filtered, CancellationToken cancellationToken)
    {
        try
        {
            var all = await _client.Health
                .ServiceAsync(query.Name, new InstanceQuery { Datacenter = query.Datacenter, Consistency = _consistency }, cancellationToken)
                .ConfigureAwait(false);
            return EmptyAnswer.Explain(query, all.Value, filtered || all.ResultsFiltered, _client.TokenOrigin);
        }
        catch (ConsulException e)
        {
            Log.NotExplained(_logger, query, e.Message);
            return null;
        }
    }

    /// <summary>What is known from the answers of one watch before: most are the same as the last one, and cost neither a question nor a warning.</summary>
    private sealed class Told
    {
        /// <summary>Why the last empty list was empty, and when that was asked. Without a reason it could not be.</summary>
        public (ulong Index, bool Filtered, long Asked, string? Why)? Empty { get; set; }

        /// <summary>The instances that the log was told of.</summary>
        public string Unusable { get; set; } = "";
    }
}
