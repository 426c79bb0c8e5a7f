using System.Text.Json;
using Rollcall.LoadTest.Calls;
using Rollcall.LoadTest.Measuring;

namespace Rollcall.LoadTest.Soak;

/// <summary>The instances that are called: the first stays, the others are stopped or killed in turns and replaced.</summary>
internal sealed class SoakInstances(Uri consul) : IDisposable
{
    private const int Count = 3;

    // More than the 30 seconds that a host gives its services, so that a stop which takes them is told of and not given up.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly List<ServerProcess> _processes = [];

    /// <summary>Address of the instance that stays.</summary>
    public string SteadyAddress { get; private set; } = "";

    public int Replaced { get; private set; }

    /// <summary>How long the slowest stop took.</summary>
    public TimeSpan LongestStop { get; private set; }

    /// <summary>Exceptions that nobody looked at in the instances that were stopped.</summary>
    public int StoppedUnobserved { get; private set; }

    public async Task StartAsync()
    {
        for (var i = 0; i < Count; i++)
        {
            var (process, address, _) = await CallServer.StartAsync(consul, explains: true);
            _processes.Add(process);
            SteadyAddress = i == 0 ? address : SteadyAddress;
        }
    }

    /// <summary>Replaces an instance after each pause, until the token fires.</summary>
    public async Task ChurnAsync(TimeSpan pause, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await Task.Delay(pause, TimeProvider.System, stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            // The new one first, so that there is always somebody to call.
            _processes.Add((await CallServer.StartAsync(consul, explains: true)).Process);
            var old = _processes[1];
            _processes.RemoveAt(1);
            if (Replaced % 2 == 0)
            {
                var started = TimeProvider.System.GetTimestamp();
                await old.StopAsync(s_patience);
                var took = TimeProvider.System.GetElapsedTime(started);
                LongestStop = took > LongestStop ? took : LongestStop;
                StoppedUnobserved += JsonSerializer.Deserialize<Vitals>(await old.ReadLastLineAsync(CancellationToken.None))!.Unobserved;
            }

            old.Dispose();
            Replaced++;
        }
    }

    public void Dispose() => _processes.ForEach(p => p.Dispose());
}
