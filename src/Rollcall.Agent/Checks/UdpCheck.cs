using System.Net.Sockets;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Checks;

/// <summary>Sends a datagram. An answer passes, and so does silence, which is what most servers have for a stranger; that nobody is there is critical.</summary>
internal sealed class UdpCheck : IProbe
{
    // Who refuses does it at once; silence must not keep the check from its result for the whole timeout, which would be its end.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;

    public UdpCheck(TimeProvider time) => _time = time;

    /// <inheritdoc />
    public async Task<ProbeResult> RunAsync(CheckSpec spec, CancellationToken cancellationToken)
    {
        if (HostAndPort.Read(spec.Target, "udp", out var fault) is not { } target)
        {
            return new ProbeResult(CheckStatus.Critical, $"dial udp: {fault}");
        }

        try
        {
            using var client = new Socket(SocketType.Dgram, ProtocolType.Udp);
            await client.ConnectAsync(target.Host, target.Port, cancellationToken).ConfigureAwait(false);
            using var silence = new CancellationTokenSource(spec.Timeout > TimeSpan.Zero && spec.Timeout / 2 < s_silence ? spec.Timeout / 2 : s_silence, _time);
            await client.SendAsync(ReadOnlyMemory<byte>.Empty, cancellationToken).ConfigureAwait(false);
            await HearAsync(client, silence.Token, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            return new ProbeResult(CheckStatus.Critical, DialError.Describe(target.Dialed, e).Replace("dial tcp", "dial udp", StringComparison.Ordinal));
        }

        return new ProbeResult(CheckStatus.Passing, $"UDP connect {spec.Target}: Success");
    }

    /// <summary>Waits for an answer, or that nobody is there.</summary>
    private static async Task HearAsync(Socket client, CancellationToken silence, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence);
        try
        {
            await client.ReceiveAsync(new byte[1], either.Token).ConfigureAwait(false);
        }
        catch (SocketException longer) when (longer.SocketErrorCode == SocketError.MessageSize)
        {
            // What it says does not matter.
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Silence.
        }
    }

    /// <inheritdoc />
    public string TimeoutOutput(CheckSpec spec) => $"dial udp {HostAndPort.Read(spec.Target, "udp", out _)?.Dialed ?? spec.Target}: i/o timeout";
}
