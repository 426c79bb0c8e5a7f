using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Rollcall.Consul;

namespace Rollcall.LoadTest.Crashes;

/// <summary>Puts two keys in one transaction, and now and then deletes them in one: never is there half of it.</summary>
internal sealed class TransactionWriter(int number) : CrashWriter(number)
{
    private const int PutsPerDelete = 3;

    protected override Task WriteAsync(ConsulClient consul, CancellationToken cancel)
    {
        var isDelete = Step % PutsPerDelete == 0;
        var value = Step.ToString(CultureInfo.InvariantCulture);
        var operations = new JsonArray([.. new[] { "a", "b" }.Select(key => new JsonObject
        {
            ["KV"] = new JsonObject
            {
                ["Verb"] = isDelete ? "delete" : "set",
                ["Key"] = $"{Name}/{key}",
                ["Value"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value)),
            },
        })]);
        return ChangeAsync(isDelete ? None : $"a={value} b={value}", () => consul.Raw.WriteAsync(HttpMethod.Put, ["txn"], operations, cancellationToken: cancel));
    }

    protected override async Task<(string State, IReadOnlyList<ulong> Indexes)> ReadAsync(ConsulClient consul, CancellationToken cancel)
    {
        var answer = await consul.Kv.ListAsync($"{Name}/", cancellationToken: cancel);
        var state = string.Join(' ', answer.Value.Select(pair => $"{pair.Key[(Name.Length + 1)..]}={Encoding.UTF8.GetString(pair.Value ?? [])}"));
        return (state.Length == 0 ? None : state, [answer.Index]);
    }
}
