using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Rollcall.Consul;

namespace Rollcall.LoadTest.Crashes;

/// <summary>Makes a session, takes a lock with it, and ends it: while it has the lock, which deletes the key, or after it gave it up.</summary>
internal sealed class LockWriter(int number) : CrashWriter(number)
{
    private string? _session;
    private string? _value;
    private bool _isLocked;

    protected override async Task WriteAsync(ConsulClient consul, CancellationToken cancel)
    {
        if (_session is { } before)
        {
            // One that was there at the last kill, with the lock or without it.
            await EndAsync(before, _isLocked);
        }

        var name = Step.ToString(CultureInfo.InvariantCulture);
        var body = new JsonObject { ["Name"] = $"{Name}/{name}", ["Behavior"] = "delete", ["LockDelay"] = "0s" };
        await ChangeAsync(
            Describe(name, _value, null),
            async () => _session = (await consul.Raw.WriteAsync(HttpMethod.Put, ["session", "create"], body, cancellationToken: cancel))!["ID"]!.GetValue<string>());
        var session = _session!;
        await ChangeAsync(Describe(name, name, name), () => KeyAsync("lock"));
        _value = name;
        var isLocked = Step % 2 == 0;
        if (!isLocked)
        {
            await ChangeAsync(Describe(name, name, null), () => KeyAsync("unlock"));
        }

        await EndAsync(session, isLocked);

        async Task EndAsync(string id, bool isLocked)
        {
            var value = isLocked ? null : _value;
            await ChangeAsync(Describe(null, value, null), () => consul.Raw.WriteAsync(HttpMethod.Put, ["session", "destroy", id], cancellationToken: cancel));
            (_session, _value) = (null, value);
        }

        Task KeyAsync(string verb) => consul.Raw.WriteAsync(
            HttpMethod.Put,
            ["txn"],
            new JsonArray(new JsonObject
            {
                ["KV"] = new JsonObject { ["Verb"] = verb, ["Key"] = Name, ["Value"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(name)), ["Session"] = session },
            }),
            cancellationToken: cancel);
    }

    protected override async Task<(string State, IReadOnlyList<ulong> Indexes)> ReadAsync(ConsulClient consul, CancellationToken cancel)
    {
        var sessions = await consul.Raw.ReadAsync(["session", "list"], cancellationToken: cancel);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var session in sessions.Value?.AsArray() ?? [])
        {
            if (session!["Name"]!.GetValue<string>() is { } name && name.StartsWith($"{Name}/", StringComparison.Ordinal))
            {
                names.Add(session["ID"]!.GetValue<string>(), name[(Name.Length + 1)..]);
            }
        }

        var key = await consul.Kv.GetAsync(Name, cancellationToken: cancel);
        _session = names.Keys.SingleOrDefault();
        _isLocked = key.Value?.Session is { Length: > 0 };
        _value = key.Value?.Value is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
        var holder = key.Value?.Session is { Length: > 0 } id ? names.GetValueOrDefault(id, "a session that is not there") : null;
        return (Describe(names.Values.SingleOrDefault(), _value, holder), [sessions.Index, key.Index]);
    }

    private static string Describe(string? session, string? value, string? holder) =>
        session is null && value is null && holder is null ? None : $"session {session ?? None}, key {value ?? None} of {holder ?? None}";
}
