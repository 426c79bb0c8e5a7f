using Rollcall.Consul;
using Rollcall.Discovery.Consul;
using Rollcall.Grpc.Client;

namespace Rollcall.Cli.Commands;

/// <summary>
/// Where the channels of a command look names up: at the Consul that its options say. A channel left to itself would read the environment first, and fail where
/// what an option takes the place of is wrong there.
/// </summary>
internal static class NameLookup
{
    /// <summary>Opens what a channel needs; it outlives the channel.</summary>
    /// <param name="target">What the channel is for.</param>
    /// <param name="options">Where Consul is, unless the target says so.</param>
    /// <returns>Null: it is no target, which the channel has words for.</returns>
    /// <exception cref="CommandFailure">The options can't be used: a certificate's file is not there, for example.</exception>
    public static DirectoryLease? Open(string target, ConsulClientOptions options)
    {
        if (!ConsulTarget.TryParse(target, out var parsed, out _))
        {
            return null;
        }

        try
        {
            return ConsulDirectories.Acquire(parsed.ToClientOptions(options));
        }
        catch (ArgumentException failure)
        {
            throw CommandFailure.Of(failure, ExitCode.Failure);
        }
    }

    /// <summary>Makes a channel use it as it would use one of its own.</summary>
    public static void Use(DirectoryLease lookup, string target, GrpcChannelOptions options)
    {
        options.Directory = lookup.Directory;

        // Only where the target wants it: given to the channel, every service's is followed.
        options.ServiceConfigs = ConsulTarget.Parse(target).ToServiceConfigQuery(otherwise: false) is null ? null : lookup.ServiceConfigs;
    }
}
