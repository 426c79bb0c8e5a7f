using System.Globalization;
using System.Text;
using Rollcall.Consul;

namespace Rollcall.LoadTest.Crashes;

/// <summary>Puts a key, and now and then deletes it.</summary>
internal sealed class KeyWriter(int number) : CrashWriter(number)
{
    private const int PutsPerDelete = 5;

    protected override Task WriteAsync(ConsulClient consul, CancellationToken cancel)
    {
        if (Step % PutsPerDelete == 0)
        {
            return ChangeAsync(None, () => consul.Kv.DeleteAsync(Name, cancellationToken: cancel));
        }

        var value = Step.ToString(CultureInfo.InvariantCulture);
        return ChangeAsync(value, () => consul.Kv.PutAsync(Name, value, cancellationToken: cancel));
    }

    protected override async Task<(string State, IReadOnlyList<ulong> Indexes)> ReadAsync(ConsulClient consul, CancellationToken cancel)
    {
        var answer = await consul.Kv.GetAsync(Name, cancellationToken: cancel);
        return (answer.Value is { Value: { } bytes } ? Encoding.UTF8.GetString(bytes) : None, [answer.Index]);
    }
}
