using System.Text.Json;
using Rollcall.Consul;
using Rollcall.Discovery.Consul.Internal;
using Rollcall.Discovery.Sequences;

namespace Rollcall.Discovery.Consul;

/// <summary>
/// Sequences that callers of a service share, each in a key of Consul's KV store: a claim reads the key and writes it back unless somebody else was
/// quicker (compare and set), so two requests for a block of numbers. Thread-safe.
/// </summary>
/// <remarks>Where access rules are in force, callers need <c>key:write</c> on the keys.</remarks>
public sealed class ConsulSequences : ISequenceSource
{
    /// <summary>What the keys begin with unless another prefix is given; the query follows, as a target: <c>orders?tag=v1</c>.</summary>
    public const string DefaultPrefix = "rollcall/sequences/";

    private const int MaxAttempts = 30;
    private static readonly TimeSpan s_maxPause = TimeSpan.FromMilliseconds(200);

    private readonly ConsulClient _client;
    private readonly string _prefix;
    private readonly TimeProvider _time;

    /// <param name="client">Not disposed by this.</param>
    /// <param name="prefix">What the keys begin with.</param>
    /// <param name="timeProvider">Null: the system's.</param>
    public ConsulSequences(ConsulClient client, string prefix = DefaultPrefix, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentException.ThrowIfNullOrWhiteSpace(prefix);
        _client = client;
        _prefix = prefix;
        _time = timeProvider ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    public string Name => _client.ToString();

    /// <inheritdoc/>
    /// <exception cref="ConsulException">Consul can't be asked, or refuses.</exception>
    /// <exception cref="InvalidOperationException">The key holds something else, or others were quicker again and again.</exception>
    public async ValueTask<SequenceBlock> ClaimAsync(ServiceQuery query, int count, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var key = _prefix + query;
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var pair = (await _client.Kv.GetAsync(key, cancellationToken: cancellationToken).ConfigureAwait(false)).Value;
            var state = pair is null ? new SequenceState(0, 0) : Read(pair.Value, key);
            var next = new SequenceState(state.Next + count, state.Blocks + 1);
            var json = JsonSerializer.SerializeToUtf8Bytes(next, SequenceJsonContext.Default.SequenceState);
            if (await _client.Kv.PutAsync(key, json, cas: pair?.ModifyIndex ?? 0, cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                return new SequenceBlock(state.Next, count, state.Blocks);
            }

            // Somebody else was quicker: those who were slower spread out.
            var pause = s_maxPause * Math.Min(1, attempt / 10.0) * Random.Shared.NextDouble();
            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
        }

        throw new InvalidOperationException($"Other callers were quicker {MaxAttempts} times in a row at the key {key} of {_client}.");
    }

    private SequenceState Read(byte[]? value, string key)
    {
        try
        {
            if (JsonSerializer.Deserialize(value ?? [], SequenceJsonContext.Default.SequenceState) is { Next: >= 0, Blocks: >= 0 } state)
            {
                return state;
            }
        }
        catch (JsonException)
        {
            // Said below.
        }

        throw new InvalidOperationException(
            $"The key {key} of {_client} holds something else than the state of a sequence: delete it, or choose another prefix for sequences.");
    }
}
