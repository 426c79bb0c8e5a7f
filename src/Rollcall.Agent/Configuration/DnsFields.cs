using Rollcall.Agent.Dns;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Configuration;

/// <summary>What configuration files say about DNS. Those of several are applied in their order.</summary>
internal sealed class DnsFields
{
    private readonly List<Action<DnsServerOptions>> _settings = [];

    public void Apply(ConfigObject file)
    {
        Set(file.Text("domain"), static (options, value) => options.Domain = value);
        Set(file.Text("alt_domain"), static (options, value) => options.AltDomain = value);
        foreach (var recursor in AddressTemplate.ReadAll(file, "recursors").Where(static recursor => recursor.Length > 0))
        {
            _settings.Add(options => options.Recursors.Add(recursor));
        }

        var dns = file.Object("dns_config");
        Set(dns.Duration("node_ttl"), static (options, value) => options.NodeTtl = value);
        Set(dns.Duration("recursor_timeout"), static (options, value) => options.RecursorTimeout = value == TimeSpan.Zero ? new DnsServerOptions().RecursorTimeout : value);
        Set(dns.Bool("only_passing"), static (options, value) => options.OnlyPassing = value);
        Set(dns.Bool("enable_truncate"), static (options, value) => options.EnableTruncate = value);
        Set(dns.Bool("node_meta_txt"), static (options, value) => options.NodeMetaText = value);
        Set(dns.Bool("enable_additional_node_meta_txt"), static (options, value) => options.NodeMetaText = value);
        Set(dns.Int("udp_answer_limit"), static (options, value) => options.UdpAnswerLimit = value);
        Set(dns.Int("a_record_limit"), static (options, value) => options.AddressLimit = value);
        ApplyTtls(dns);
        var soa = dns.Object("soa");
        Set(soa.Unsigned("refresh", "uint32"), static (options, value) => options.SoaRefresh = TimeSpan.FromSeconds(value));
        Set(soa.Unsigned("retry", "uint32"), static (options, value) => options.SoaRetry = TimeSpan.FromSeconds(value));
        Set(soa.Unsigned("expire", "uint32"), static (options, value) => options.SoaExpire = TimeSpan.FromSeconds(value));
        Set(soa.Unsigned("min_ttl", "uint32"), static (options, value) => options.SoaMinTtl = TimeSpan.FromSeconds(value));

        // One node is never stale and keeps no copies; names are always compressed.
        ConfigObject.PassOver(dns.Bool, "allow_stale", "use_cache", "disable_compression", "prefer_namespace");
        ConfigObject.PassOver(dns.Duration, "max_stale", "cache_max_age");
    }

    public void ApplyTo(DnsServerOptions options) => _settings.ForEach(setting => setting(options));

    public void Listen(string? address) => Set(address, static (options, value) => options.Address = value);

    private void ApplyTtls(ConfigObject dns)
    {
        foreach (var (service, text) in dns.TextMap("service_ttl") ?? new Dictionary<string, string>())
        {
            if (GoDurationText.TryParse(text, out var ttl, out var error))
            {
                _settings.Add(options => options.ServiceTtl[service] = ttl);
            }
            else
            {
                dns.Faults.Value($"{dns.PathOf("service_ttl")}[{service}]", $"invalid duration: \"{text}\": {error}");
            }
        }
    }

    private void Set<T>(T? value, Action<DnsServerOptions, T> set)
        where T : struct
    {
        if (value is { } given)
        {
            _settings.Add(options => set(options, given));
        }
    }

    private void Set(string? value, Action<DnsServerOptions, string> set)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _settings.Add(options => set(options, value));
        }
    }
}
