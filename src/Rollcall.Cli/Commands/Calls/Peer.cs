using Grpc.Core;
using Rollcall.Discovery.Consul;
using Rollcall.Grpc.Client;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>What a command talks to. Dispose it at the end.</summary>
/// <param name="Target">How it was named.</param>
/// <param name="DescribeCommand">The command that describes it.</param>
/// <param name="Channel">The way to it.</param>
/// <param name="Consul">Where the channel looks its instances up; null if it is no name.</param>
/// <param name="Definitions">What it offers.</param>
/// <param name="Headers">Sent with every call.</param>
/// <param name="Deadline">When a call that starts now has to end; null for no limit.</param>
internal sealed record Peer(
    CallTarget Target, string DescribeCommand, GrpcChannel Channel, DirectoryLease? Consul, IDefinitions Definitions, Metadata Headers, Func<DateTime?> Deadline)
    : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Channel.DisposeAsync();
        if (Consul is not null)
        {
            await Consul.DisposeAsync();
        }
    }
}
