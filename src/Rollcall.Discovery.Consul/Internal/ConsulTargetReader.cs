using System.Collections.Immutable;
using System.Globalization;
using Rollcall.Discovery.Balancing;

namespace Rollcall.Discovery.Consul.Internal;

/// <summary>
/// Reads one target. By hand, because <see cref="Uri"/> tidies up what has to be refused by name (an empty port, dots in the path).
/// </summary>
internal sealed class ConsulTargetReader
{
    private const string Example = "Write it like consul:///demo?tag=v1 or consul://localhost:8500/demo?tag=v1&policy=round_robin.";

    private readonly Dictionary<string, string> _single = [];
    private readonly List<string> _tags = [];
    private string? _host;
    private int? _port;
    private string _service = "";

    /// <summary>What was wrong, when <see cref="Read"/> gave null.</summary>
    public string? Fault { get; private set; }

    public ConsulTarget? Read(string target)
    {
        const string Prefix = ConsulTarget.Scheme + "://";
        if (!target.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            // Not repeated: the target may hold what the user should not have put into it.
            Fault = $"The target does not start with {Prefix}. {Example}";
            return null;
        }
        var rest = target[Prefix.Length..];
        var question = rest.IndexOf('?');
        var parameters = question < 0 ? "" : rest[(question + 1)..];
        var location = question < 0 ? rest : rest[..question];
        var slash = location.IndexOf('/');
        if (location.Contains('#') || parameters.Contains('#'))
        {
            return Refuse("a '#' has no meaning in it; write %23 if a value contains one");
        }

        if (!ReadAuthority(slash < 0 ? location : location[..slash]))
        {
            return null;
        }

        if (!ReadService(slash < 0 ? "" : location[(slash + 1)..]) || !ReadParameters(parameters))
        {
            return null;
        }

        return Build();
    }

    private ConsulTarget? Build()
    {
        if (!ReadFlag("passing", out var passing) || !ReadFlag("tls", out var tls))
        {
            return null;
        }

        var policy = _single.GetValueOrDefault("policy");
        if (policy is not null && !BalancingPolicies.IsKnown(policy))
        {
            return Refuse($"there is no policy '{policy}'; use one of {string.Join(", ", BalancingPolicies.Names)}");
        }

        var query = new ServiceQuery(_service)
        {
            Tags = [.. _tags],
            Datacenter = _single.GetValueOrDefault("dc"),
            Near = _single.GetValueOrDefault("near"),
            Filter = _single.GetValueOrDefault("filter"),
            PassingOnly = passing ?? true,
        };
        return new ConsulTarget(_host, _port, tls, query, policy);
    }

    private bool ReadAuthority(string authority)
    {
        if (authority.Contains('@'))
        {
            return No("user and password don't belong in it; a token goes into CONSUL_HTTP_TOKEN");
        }

        if (authority.Length == 0)
        {
            return true;
        }

        var host = authority;
        string? port = null;
        var colon = authority.LastIndexOf(':');
        if (authority[0] == '[')
        {
            var bracket = authority.IndexOf(']');
            if (bracket < 0)
            {
                return No($"the address '{authority}' has no closing bracket");
            }

            host = authority[1..bracket];
            var after = authority[(bracket + 1)..];
            if (after.Length > 0 && after[0] != ':')
            {
                return No($"'{after}' after the address is not a port");
            }

            port = after.Length > 0 ? after[1..] : null;
        }
        else if (colon >= 0)
        {
            host = authority[..colon];
            port = authority[(colon + 1)..];
        }

        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            return No(host.Length == 0 ? "there is a port but no host" : $"'{host}' is not a host name or an address");
        }

        if (port is not null)
        {
            if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > ushort.MaxValue)
            {
                return No($"the port '{port}' is not a number from 1 to 65535");
            }

            _port = number;
        }
        _host = host;
        return true;
    }

    private bool ReadService(string path)
    {
        if (path.Length == 0)
        {
            return No(_host is null
                ? "the service's name is missing"
                : $"'{_host}' is taken for Consul's host and the service's name is missing; for the service '{_host}' write consul:///{_host}");
        }
        if (path.Contains('/'))
        {
            return No($"the service's name '{path}' contains a '/'; write %2F if it really does");
        }

        _service = Uri.UnescapeDataString(path);
        return !string.IsNullOrWhiteSpace(_service) || No("the service's name is blank");
    }

    private bool ReadParameters(string parameters)
    {
        foreach (var parameter in parameters.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = parameter.IndexOf('=');
            var name = equals < 0 ? parameter : parameter[..equals];
            var value = equals < 0 ? "" : Uri.UnescapeDataString(parameter[(equals + 1)..]);
            if (name == "token")
            {
                return No("a token in it would end up in logs; set CONSUL_HTTP_TOKEN, or ConsulClientOptions.Token, instead");
            }

            if (name is not ("tag" or "dc" or "near" or "filter" or "passing" or "policy" or "tls"))
            {
                return No($"the parameter '{name}' is not known; known are tag, dc, near, filter, passing, policy, tls");
            }

            if (value.Length == 0)
            {
                return No($"the parameter '{name}' has no value");
            }

            if (name == "tag")
            {
                _tags.Add(value);
            }
            else if (!_single.TryAdd(name, value))
            {
                return No($"the parameter '{name}' is there more than once");
            }
        }
        return true;
    }

    private bool ReadFlag(string name, out bool? value)
    {
        value = null;
        if (!_single.TryGetValue(name, out var text))
        {
            return true;
        }

        if (text is "true" or "1")
        {
            value = true;
        }
        else if (text is "false" or "0")
        {
            value = false;
        }
        else
        {
            return No($"the parameter '{name}' is '{text}' and has to be true or false");
        }

        return true;
    }

    private ConsulTarget? Refuse(string what)
    {
        Fault = $"The consul:// target can't be used: {what}. {Example}";
        return null;
    }

    private bool No(string what)
    {
        Refuse(what);
        return false;
    }
}
