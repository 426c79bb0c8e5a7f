using System.Net.Sockets;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Sends a datagram. An answer passes, and so does silence, which is what most servers have for a stranger; that nobody is there is critical.</summary>
internal sealed class UdpCheck : IProbe
{
    // Who refuses does it at once; silence must not keep the check from its result for the whole timeout.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;

    public UdpCheck(TimeProvider time) => _time = time;

    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        if (!TcpCheck.TrySplit(spec.Target, out var host, out var port))
        {
            return new ProbeResult(CheckStatus.Critical, $"dial udp: address {spec.Target}: expected host:port, such as 127.0.0.1:8600");
        }

        using var silence = new CancellationTokenSource(s_silence, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        using var client = new UdpClient();
        try
        {
            client.Connect(host, port);
            await client.SendAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            await client.ReceiveAsync(either.Token).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            return new ProbeResult(CheckStatus.Critical, DialError.Describe(spec.Target, e).Replace("dial tcp", "dial udp", StringComparison.Ordinal));
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Silence.
        }

        return new ProbeResult(CheckStatus.Passing, $"UDP connect {spec.Target}: Success");
    }

    /// <inheritdoc />
    public string TimeoutOutput(CheckSpec spec) => $"dial udp {spec.Target}: i/o timeout";
}
