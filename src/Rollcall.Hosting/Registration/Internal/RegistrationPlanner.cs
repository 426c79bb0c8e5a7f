using System.Collections.Immutable;
using Rollcall.Consul.Wire;
using Rollcall.Discovery.Selecting;

namespace Rollcall.Hosting.Registration;

/// <summary>Makes the desired state from options and the resolved endpoint.</summary>
internal static class RegistrationPlanner
{
    public static RegistrationPlan Create(ServiceRegistrationOptions options, ServiceEndpoint endpoint)
    {
        // An IPv6 address in an id would have to be escaped wherever the id is typed.
        var id = options.Id ?? $"{options.Name}-{endpoint.Host.Replace(':', '.')}-{endpoint.Port}";
        var checks = new List<CheckDefinition>();
        var heartbeats = ImmutableArray.CreateBuilder<Heartbeat>();
        foreach (var check in options.Checks.Items)
        {
            var kind = check.Kind.ToString().ToLowerInvariant();
            var checkId = $"service:{id}:{kind}";
            for (var n = 2; checks.Exists(c => c.CheckId == checkId); n++)
            {
                checkId = $"service:{id}:{kind}{n}";
            }

            checks.Add(Define(check, options, endpoint) with
            {
                CheckId = checkId,
                Name = $"{options.Name} {kind}",

                // Where somebody can be asked, the first heartbeat says it, at once.
                Status = options.PassingAtFirst && check.Probe is null ? CheckStatus.Passing : CheckStatus.Critical,
                DeregisterCriticalServiceAfter = options.DeregisterCriticalServiceAfter is { } after ? GoDuration.Format(after) : null,
            });
            if (check.Kind == CheckKind.Ttl)
            {
                heartbeats.Add(new Heartbeat(checkId, HeartbeatInterval(check), check.Probe));
            }
        }

        var service = new ServiceRegistration
        {
            Id = id,
            Name = options.Name,
            Address = endpoint.Host,
            Port = endpoint.Port,
            Tags = [.. options.Tags],
            Meta = Metadata(options, endpoint),
            TaggedAddresses = options.Ports.Count == 0
                ? null
                : options.Ports.ToDictionary(static named => named.Key, named => new ServiceAddress { Address = endpoint.Host, Port = named.Value }, StringComparer.Ordinal),
            Weights = options.Weights,
            Checks = checks.Count > 0 ? checks : null,
        };
        return new RegistrationPlan(service, heartbeats.ToImmutable());
    }

    public static TimeSpan HeartbeatInterval(ServiceCheck check) => check.Ttl / 3;

    /// <summary>What was set, and the scheme that callers of <c>https+http://</c> go by where it is known and was not set.</summary>
    private static Dictionary<string, string> Metadata(ServiceRegistrationOptions options, ServiceEndpoint endpoint)
    {
        var metadata = new Dictionary<string, string>(options.Metadata, StringComparer.Ordinal);
        if (endpoint.Scheme is { } scheme && metadata.Count < ServiceRegistrationOptionsValidator.MaxMetadata)
        {
            metadata.TryAdd(EndpointMetadata.Scheme, scheme);
        }

        return metadata;
    }

    private static CheckDefinition Define(ServiceCheck check, ServiceRegistrationOptions options, ServiceEndpoint endpoint)
    {
        var definition = check.Kind == CheckKind.Ttl
            ? new CheckDefinition { Ttl = GoDuration.Format(check.Ttl) }
            : new CheckDefinition { Interval = GoDuration.Format(check.Every), Timeout = GoDuration.Format(check.Timeout) };
        bool? skip = options.Checks.SkipTlsVerification ? true : null;
        return check.Kind switch
        {
            CheckKind.Http => definition with
            {
                Http = check.Target!.StartsWith('/') ? $"{(endpoint.Tls ? "https" : "http")}://{endpoint.Authority}{check.Target}" : check.Target,
                TlsSkipVerify = skip,
            },
            CheckKind.Grpc => definition with
            {
                Grpc = string.IsNullOrEmpty(check.Target) ? endpoint.Authority : $"{endpoint.Authority}/{check.Target}",
                GrpcUseTls = endpoint.Tls ? true : null,
                TlsSkipVerify = endpoint.Tls ? skip : null,
            },
            CheckKind.Tcp => definition with { Tcp = endpoint.Authority },
            _ => definition,
        };
    }
}
