using System.Diagnostics.CodeAnalysis;
using Rollcall.Discovery.Configuration;
using Rollcall.Grpc.Client.Internal;

namespace Rollcall.Grpc.Client.Configuration;

/// <summary>
/// What a channel does for the methods that it calls: retries, limits, and how calls are spread. The names and the meaning are those of
/// gRPC's service config. Read once, when the channel is made: a later change of this object changes no channel.
/// </summary>
public sealed class ServiceConfig
{
    /// <summary>Settings for methods; the most specific name wins: method, then service, then the default.</summary>
    public IList<MethodConfig> MethodConfigs { get; } = [];

    /// <summary>Balancing policies in order of preference; the first that is known is used. Empty: the channel's default.</summary>
    public IList<LoadBalancingConfig> LoadBalancingConfigs { get; } = [];

    /// <summary>Stops retries while most calls fail. Null: retries are not throttled.</summary>
    public RetryThrottlingPolicy? RetryThrottling { get; set; }

    /// <summary>
    /// Reads gRPC's JSON form (<c>grpc.service_config.ServiceConfig</c>). Fields that are not known are passed over; a wrong type or a
    /// value that breaks a rule is a fault.
    /// </summary>
    /// <exception cref="FormatException">It is wrong; the message names every fault by its path, such as <c>methodConfig[0].timeout</c>.</exception>
    public static ServiceConfig Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return TryParse(json, out var config, out var fault) ? config : throw new FormatException(fault);
    }

    /// <inheritdoc cref="Parse"/>
    /// <param name="json">The text.</param>
    /// <param name="config">The config, unless false is returned.</param>
    /// <param name="fault">All faults in one message, when false is returned.</param>
    /// <returns>Whether it has no fault.</returns>
    public static bool TryParse(
        [NotNullWhen(true)] string? json, [NotNullWhen(true)] out ServiceConfig? config, [NotNullWhen(false)] out string? fault)
    {
        if (ServiceCallConfig.TryParse(json, out var read, out var faults))
        {
            config = ServiceConfigs.ToServiceConfig(read);
            fault = null;
            return true;
        }

        config = null;
        fault = ServiceConfigFault.Describe(faults);
        return false;
    }
}
