using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Rollcall.Conformance.Tests.Linearizability;

/// <summary>Lets clients work on a few keys at once over HTTP, and writes down what each asked, was answered, and when.</summary>
internal sealed class HistoryRecorder(TestedAgent agent, int seed, int clients, int keys, int operations)
{
    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"linear/{seed}/");
    private readonly ConcurrentQueue<KvOperation>[] _histories = [.. Enumerable.Range(0, keys).Select(_ => new ConcurrentQueue<KvOperation>())];

    // Sessions by number from 1, the first of the two is who they are to the agent.
    private readonly ConcurrentDictionary<int, (string Id, bool Deletes)> _sessions = new();
    private readonly ConcurrentDictionary<string, int> _numbers = new();

    private long _moment;
    private int _values;
    private int _sessionCount;
    private int _left = operations;

    /// <summary>The history of each key.</summary>
    public async Task<IReadOnlyList<IReadOnlyList<KvOperation>>> RunAsync()
    {
        await Task.WhenAll(Enumerable.Range(1, clients).Select(client => Task.Run(() => WorkAsync(client))));
        return [.. _histories.Select(history => history.ToList())];
    }

    private async Task WorkAsync(int client)
    {
        var random = new Random((seed * 1000) + client);
        var seen = new ulong[keys];
        var own = 0;
        while (Interlocked.Decrement(ref _left) >= 0)
        {
            own = own == 0 || random.Next(40) == 0 ? await CreateSessionAsync(random.Next(2) == 0) : own;
            var key = random.Next(keys);
            var choice = random.Next(100);
            var done = choice switch
            {
                < 30 => await ReadAsync(client, key, seen, random.Next(2) == 0 ? "?consistent" : ""),
                < 45 => await WriteAsync(client, key, KvAction.Put, ""),
                < 65 => await WriteAsync(client, key, KvAction.CompareAndSet, $"?cas={seen[key]}", ifIndex: seen[key]),
                < 69 => await WriteAsync(client, key, KvAction.Delete, ""),
                < 74 when seen[key] > 0 => await WriteAsync(client, key, KvAction.CompareAndDelete, $"?cas={seen[key]}", ifIndex: seen[key]),
                < 87 => await WriteAsync(client, key, KvAction.Acquire, $"?acquire={_sessions[own].Id}", session: own),
                < 97 => await WriteAsync(client, key, KvAction.Release, $"?release={_sessions[own].Id}", session: own),
                _ => null,
            };
            if (done is null)
            {
                await EndSessionAsync(client, random.Next(1, Volatile.Read(ref _sessionCount) + 1));
            }
        }
    }

    private async Task<int> CreateSessionAsync(bool deletes)
    {
        var answer = await agent.PutAsync("/v1/session/create", $$"""{"LockDelay":"0s","Behavior":"{{(deletes ? "delete" : "release")}}","Checks":[]}""");
        var id = answer.Json!["ID"]!.GetValue<string>();
        lock (_sessions)
        {
            var number = _sessionCount + 1;
            _numbers[id] = number;
            _sessions[number] = (id, deletes);
            _sessionCount = number;
            return number;
        }
    }

    private async Task<KvOperation> ReadAsync(int client, int key, ulong[] seen, string query)
    {
        var began = Interlocked.Increment(ref _moment);
        var answer = await agent.GetAsync($"/v1/kv/{_prefix}{key}{query}");
        var ended = Interlocked.Increment(ref _moment);
        KvFound? found = null;
        if (answer.Status == 200)
        {
            var pair = answer.Json![0]!;
            found = new KvFound(
                int.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(pair["Value"]!.GetValue<string>())), CultureInfo.InvariantCulture),
                pair["ModifyIndex"]!.GetValue<ulong>(),
                pair["Session"] is { } session ? _numbers[session.GetValue<string>()] : 0);
        }
        else
        {
            Assert.Equal(404, answer.Status);
        }

        seen[key] = found?.Index ?? 0;
        return Keep(key, new KvOperation(client, KvAction.Get, began, ended) { Found = found });
    }

    private async Task<KvOperation> WriteAsync(int client, int key, KvAction action, string query, ulong ifIndex = 0, int session = 0)
    {
        var value = Interlocked.Increment(ref _values);
        var deletes = action is KvAction.Delete or KvAction.CompareAndDelete;
        var began = Interlocked.Increment(ref _moment);
        var answer = await agent.SendAsync(
            deletes ? "DELETE" : "PUT",
            $"/v1/kv/{_prefix}{key}{query}",
            deletes ? null : value.ToString(CultureInfo.InvariantCulture));
        var ended = Interlocked.Increment(ref _moment);
        var noSession = answer.Status == 500 && answer.Text.Contains("invalid session", StringComparison.Ordinal);
        Assert.True(answer.Status == 200 || noSession, $"{action}: {answer.Status} {answer.Text}");
        return Keep(key, new KvOperation(client, action, began, ended)
        {
            Value = value,
            IfIndex = ifIndex,
            Session = session,
            Done = answer.Text.Trim() == "true",
            NoSession = noSession,
        });
    }

    // It may touch every key, so it is part of each history.
    private async Task EndSessionAsync(int client, int session)
    {
        var (id, deletes) = _sessions[session];
        var began = Interlocked.Increment(ref _moment);
        _ = await agent.PutAsync($"/v1/session/destroy/{id}");
        var ended = Interlocked.Increment(ref _moment);
        for (var key = 0; key < keys; key++)
        {
            _ = Keep(key, new KvOperation(client, deletes ? KvAction.EndDeletingSession : KvAction.EndSession, began, ended) { Session = session });
        }
    }

    private KvOperation Keep(int key, KvOperation operation)
    {
        _histories[key].Enqueue(operation);
        return operation;
    }
}
