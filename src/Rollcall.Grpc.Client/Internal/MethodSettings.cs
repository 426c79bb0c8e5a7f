using System.Collections.Frozen;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Finds what the service config says for a method.</summary>
internal sealed class MethodSettings
{
    // "service/method", "service/" and "/" (the default).
    private readonly FrozenDictionary<string, RetrySettings?> _byName;

    /// <exception cref="ArgumentException">The config contradicts itself or is not complete.</exception>
    public MethodSettings(ServiceConfig? config, int? maxAttempts)
    {
        var byName = new Dictionary<string, RetrySettings?>(StringComparer.Ordinal);
        foreach (var method in config?.MethodConfigs ?? [])
        {
            if (method.Names.Count == 0)
            {
                throw new ArgumentException("A MethodConfig of the ServiceConfig has no names. Add MethodName.Default for every method.");
            }

            RetrySettings? retry = null;
            foreach (var name in method.Names)
            {
                if (string.IsNullOrEmpty(name.Service) && !string.IsNullOrEmpty(name.Method))
                {
                    throw new ArgumentException(
                        $"The ServiceConfig names the method '{name.Method}' without its service. Set MethodName.Service, for example \"greet.Greeter\".");
                }

                var key = $"{name.Service}/{name.Method}";
                var words = key == "/" ? "MethodName.Default" : $"'{key}'";
                if (method.RetryPolicy is { } policy)
                {
                    retry ??= RetrySettings.Create(policy, words, maxAttempts);
                }

                if (!byName.TryAdd(key, retry))
                {
                    throw new ArgumentException($"The ServiceConfig has {words} twice. Leave one of the two.");
                }
            }
        }

        _byName = byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <param name="service">The service with its package.</param>
    /// <param name="method">The method's own name.</param>
    public RetrySettings? FindRetry(string service, string method)
    {
        if (_byName.Count == 0)
        {
            return null;
        }

        if (_byName.TryGetValue($"{service}/{method}", out var settings)
            || _byName.TryGetValue($"{service}/", out settings)
            || _byName.TryGetValue("/", out settings))
        {
            return settings;
        }

        return null;
    }
}
