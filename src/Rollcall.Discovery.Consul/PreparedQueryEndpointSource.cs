using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Rollcall.Consul;
using Rollcall.Consul.Wire;
using Rollcall.Discovery.Consul.Internal;

namespace Rollcall.Discovery.Consul;

/// <summary>
/// Instances that prepared queries of Consul find, which may be those of another datacenter when there are none in the first. The name of a
/// <see cref="ServiceQuery"/> is the query's name or id; what selects instances stands in the query, so tags and filters beside it are refused.
/// Thread-safe.
/// </summary>
public sealed class PreparedQueryEndpointSource : IEndpointSource
{
    private readonly ConsulClient _client;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;

    /// <param name="client">Not disposed by the source.</param>
    /// <param name="options">Null: the defaults.</param>
    /// <param name="timeProvider">Null: the system's.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public PreparedQueryEndpointSource(ConsulClient client, PreparedQuerySourceOptions? options = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        options ??= new PreparedQuerySourceOptions();
        if (options.Validate() is { Count: > 0 } faults)
        {
            throw new ArgumentException($"The options of the source can't be used: {string.Join("; ", faults)}.", nameof(options));
        }

        _client = client;
        _interval = options.Interval;
        _time = timeProvider ?? TimeProvider.System;
        Name = $"prepared queries of {client}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    /// <exception cref="ConsulException">A query failed (thrown while enumerating).</exception>
    /// <exception cref="NotSupportedException">The query asks for what its prepared query has to say (thrown while enumerating).</exception>
    public async IAsyncEnumerable<EndpointUpdate> WatchAsync(ServiceQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (!query.Tags.IsEmpty || query.Filter is not null || !query.PassingOnly || query.WarningToo)
        {
            throw new NotSupportedException(
                $"A prepared query says itself which instances it finds: leave tag, filter, passing and warning out of {query}, or select in the caller (anytag, version, meta).");
        }

        var asked = new ConsulQuery { Datacenter = query.Datacenter, Near = query.Near };
        (ImmutableArray<Endpoint> Endpoints, string? Datacenter)? last = null;
        var wasThere = false;
        while (true)
        {
            var answer = await _client.Queries.ExecuteAsync(query.Name, asked, cancellationToken).ConfigureAwait(false);
            var (endpoints, unusable) = EndpointMapping.Map(answer.Value?.Nodes ?? []);

            // In random order, unless somebody is near.
            endpoints = query.Near is null ? [.. endpoints.OrderBy(static endpoint => endpoint.Id, StringComparer.Ordinal)] : endpoints;
            var datacenter = answer.Value?.Datacenter;
            if (last is not { } known || known.Datacenter != datacenter || !AreSame(known.Endpoints, endpoints))
            {
                last = (endpoints, datacenter);
                yield return new EndpointUpdate
                {
                    Endpoints = endpoints,
                    Note = endpoints.IsEmpty ? Note(query, answer.Value, unusable) : null,

                    // Answers have no index that could go backwards: this is the only sign of an agent that was restarted empty between two of them.
                    Suspicion = wasThere && answer.Value is null ? $"the prepared query {query.Name} was gone: Consul may have lost its state" : null,
                };
            }

            wasThere = answer.Value is not null;

            await Task.Delay(_interval, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public bool IsRefusal(ServiceQuery query, Exception error) => error is NotSupportedException || Refusals.IsDenied(error);

    private static bool AreSame(ImmutableArray<Endpoint> one, ImmutableArray<Endpoint> other) =>
        one.Length == other.Length && one.Zip(other).All(static pair => pair.First.HasSameDetails(pair.Second));

    private static string Note(ServiceQuery query, PreparedQueryResult? result, ImmutableArray<string> unusable) =>
        result is null ? $"there is no prepared query {query.Name}"
        : !unusable.IsEmpty ? $"it finds {unusable.Length} that can't be called because they are registered without a usable address or with port 0: {string.Join(", ", unusable)}"
        : $"it finds no instance of {result.Service}";
}
