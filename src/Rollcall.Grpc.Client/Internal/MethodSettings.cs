using System.Collections.Frozen;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Finds what the options and the service config of a channel say for a method. Immutable.</summary>
internal sealed class MethodSettings
{
    // "service/method", "service/" and "/" (the default).
    private readonly FrozenDictionary<string, MethodPolicy> _byName;
    private readonly MethodPolicy _plain;

    /// <exception cref="ArgumentException">The service config breaks a rule; the message names every fault.</exception>
    public MethodSettings(GrpcChannelOptions options)
    {
        var byName = new Dictionary<string, MethodPolicy>(StringComparer.Ordinal);
        if (options.ServiceConfig is { } config)
        {
            ServiceConfigRules.Check(config);
            foreach (var method in config.MethodConfigs)
            {
                var policy = new MethodPolicy(options, method);
                foreach (var name in method.Names)
                {
                    byName.Add($"{name.Service}/{name.Method}", policy);
                }
            }
        }

        _plain = new MethodPolicy(options, null);
        _byName = byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <param name="service">The service with its package.</param>
    /// <param name="method">The method's own name.</param>
    public MethodPolicy Find(string service, string method) =>
        _byName.TryGetValue($"{service}/{method}", out var policy)
        || _byName.TryGetValue($"{service}/", out policy)
        || _byName.TryGetValue("/", out policy)
            ? policy
            : _plain;
}
