using System.Runtime.CompilerServices;

namespace Rollcall.Consul.Transport;

/// <summary>The loop of every watch: one blocking query after another, an answer for each change of the index, or of how far to believe it, or each that there is.</summary>
internal static class BlockingWatch
{
    /// <summary>Watches that lose their agent at the same time ask the next one one after the other.</summary>
    private static readonly TimeSpan s_maxPauseBetweenAgents = TimeSpan.FromMilliseconds(250);

    /// <summary>However long an agent asks to be left alone.</summary>
    private static readonly TimeSpan s_longestRest = TimeSpan.FromSeconds(30);

    /// <param name="transport">Gives the agents, the interval and the clock.</param>
    /// <param name="query">How to read; its index is where the watch starts. Null: from the beginning.</param>
    /// <param name="read">One query.</param>
    /// <param name="isNothing">Whether an answer says that there is nothing. Null: that is not told apart.</param>
    /// <param name="cancellationToken">Ends the watch, and with it the request that is open.</param>
    public static async IAsyncEnumerable<ConsulResponse<T>> RunAsync<T, TQuery>(
        ConsulTransport transport,
        TQuery? query,
        Func<TQuery, CancellationToken, Task<ConsulResponse<T>>> read,
        Func<T, bool>? isNothing,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where TQuery : ConsulQuery, new()
    {
        query ??= new TQuery();
        var agent = transport.Agents.Preferred;
        var failures = new List<ConsulException>();
        var at = new WatchIndex(query.Index, query.HadValue, transport.Time);
        (ulong Index, bool KnownLeader, bool IsBehind)? told = null;
        using var place = transport.Turns?.Enter();
        var longest = query.Wait is { } own && own > TimeSpan.Zero ? own : transport.Options.WaitTime;
        TimeSpan wait;
        long sent;
        while (true)
        {
            ConsulResponse<T> response;
            wait = at.Wait(longest);
            sent = transport.Time.GetTimestamp();
            try
            {
                // Errors leave through here: an index in an error answer is never looked at.
                response = await ReadAsync(query with { Index = at.Asked, Wait = wait, Agent = agent }).ConfigureAwait(false);
            }
            catch (ConsulException e) when (transport.Agents.Count > 1 && AgentRing.MayKnowBetter(e))
            {
                failures.Add(e);
                agent = transport.Agents.After(agent, e);
                if (failures.Count == transport.Agents.Count)
                {
                    var none = ConsulFailure.NoAgent(failures);
                    await RestAsync(none).ConfigureAwait(false);
                    throw none;
                }

                // An index belongs to the agent that gave it: another's may have the same one for something else.
                at.Forget();
                told = null;
                var pause = s_maxPauseBetweenAgents * Random.Shared.NextDouble();
                await Task.Delay(pause, transport.Time, cancellationToken).ConfigureAwait(false);
                continue;
            }
            catch (ConsulException e)
            {
                await RestAsync(e).ConfigureAwait(false);
                throw;
            }

            failures.Clear();
            var answered = transport.Time.GetTimestamp();
            var index = Math.Max(response.Index, 1);
            var rewound = at.Take(index, isNothing?.Invoke(response.Value) is true, transport.Time.GetElapsedTime(sent, answered), wait);

            // The index of a server that is cut off from its leader stands still. One that is behind is told each time: what it leaves out may change.
            var isBehind = response.LastContact > query.MaxStaleness;
            var news = (index, response.KnownLeader, isBehind);
            if (told != news || rewound || isBehind || query.EveryAnswer)
            {
                told = news;
                yield return rewound ? response.Rewound() : response;
            }

            // Counted from the answer: what the reader took to handle it isn't waited for again.
            var rest = transport.Options.MinQueryInterval - transport.Time.GetElapsedTime(answered);
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest, transport.Time, cancellationToken).ConfigureAwait(false);
            }
        }

        // Whoever keeps a watch going begins it again when it has failed, and so asks no sooner than the agent wants to be asked.
        async Task RestAsync(ConsulException failure)
        {
            if (failure.RetryAfter is { } wait)
            {
                wait = wait < s_longestRest ? wait : s_longestRest;
                await Task.Delay(wait + (wait * Random.Shared.NextDouble() / 10), transport.Time, cancellationToken).ConfigureAwait(false);
            }
        }

        async Task<ConsulResponse<T>> ReadAsync(TQuery next)
        {
            if (place is null)
            {
                return await WaitAsync(next).ConfigureAwait(false);
            }

            var turn = await place.BeginAsync(isFirst: next.Index == 0, cancellationToken).ConfigureAwait(false);
            sent = transport.Time.GetTimestamp();
            try
            {
                wait = turn < wait ? turn.Value : wait;
                return await WaitAsync(next with { Wait = wait }).ConfigureAwait(false);
            }
            finally
            {
                place.End();
            }
        }

        // One that waits for a change ends before its time when its agent is found to be silent.
        async Task<ConsulResponse<T>> WaitAsync(TQuery next)
        {
            if (next.Index == 0)
            {
                return await read(next, cancellationToken).ConfigureAwait(false);
            }

            var silence = agent.Silence;
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence);
            agent.BeginWait();
            try
            {
                return await read(next, end.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException e)
            {
                if (!cancellationToken.IsCancellationRequested && agent.SilentBy is { } failure)
                {
                    throw failure;
                }

                throw new OperationCanceledException(e.Message, e, cancellationToken);
            }
            finally
            {
                agent.EndWait();
            }
        }
    }
}
