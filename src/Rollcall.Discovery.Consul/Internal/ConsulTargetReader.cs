using System.Globalization;

namespace Rollcall.Discovery.Consul.Internal;

/// <summary>
/// Reads one target. By hand, because <see cref="Uri"/> tidies up what has to be refused by name (an empty port, dots in the path).
/// </summary>
internal sealed class ConsulTargetReader
{
    private const string Example = "Write it like consul:///demo?tag=v1 or consul://localhost:8500/demo?tag=v1&policy=round_robin.";

    private string? _host;
    private int? _port;
    private bool? _tls;
    private string? _config;

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
        var location = question < 0 ? rest : rest[..question];
        var slash = location.IndexOf('/');
        var name = slash < 0 ? "" : location[(slash + 1)..];
        if (!ReadAuthority(slash < 0 ? location : location[..slash])
            || !ReadParameters(question < 0 ? "" : rest[(question + 1)..], out var ofService))
        {
            return null;
        }

        if (name.Length == 0 && _host is not null)
        {
            return Refuse(
                $"'{_host}' is taken for Consul's host and the service's name is missing; for the service '{_host}' write consul:///{_host}");
        }

        return ServiceTarget.TryParse(ofService.Length == 0 ? name : $"{name}?{ofService}", out var service, out var fault)
            ? new ConsulTarget(_host, _port, _tls, _config, service)
            : Refuse(fault);
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

    /// <summary>Takes out what is about Consul, and leaves what is about the service.</summary>
    private bool ReadParameters(string parameters, out string ofService)
    {
        var others = new List<string>();
        ofService = "";
        foreach (var parameter in parameters.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = parameter.IndexOf('=');
            var name = equals < 0 ? parameter : parameter[..equals];
            if (name == "token")
            {
                return No("a token in it would end up in logs; set CONSUL_HTTP_TOKEN, or ConsulClientOptions.Token, instead");
            }

            if (name == "tls")
            {
                if (!ReadTls(equals < 0 ? "" : parameter[(equals + 1)..]))
                {
                    return false;
                }
            }
            else if (name == "config")
            {
                if (!ReadConfig(Uri.UnescapeDataString(equals < 0 ? "" : parameter[(equals + 1)..])))
                {
                    return false;
                }
            }
            else if (!ServiceTarget.IsParameter(Uri.UnescapeDataString(name)))
            {
                return No($"the parameter '{name}' is not known; known are {string.Join(", ", ServiceTarget.ParameterNames)}, tls, config");
            }
            else
            {
                others.Add(parameter);
            }
        }

        ofService = string.Join('&', others);
        return true;
    }

    private bool ReadTls(string value)
    {
        if (_tls is not null)
        {
            return No("the parameter 'tls' is there more than once");
        }

        _tls = value switch
        {
            "true" or "1" => true,
            "false" or "0" => false,
            _ => null,
        };
        return _tls is not null
            || No(value.Length == 0 ? "the parameter 'tls' has no value" : $"the parameter 'tls' is '{value}' and has to be true or false");
    }

    private bool ReadConfig(string value)
    {
        if (_config is not null)
        {
            return No("the parameter 'config' is there more than once");
        }

        if (value.Length == 0 || value[0] == '/')
        {
            return No(value.Length == 0
                ? "the parameter 'config' has no value; write true, false, or a key of the KV store"
                : $"the key '{value}' in the parameter 'config' begins with a '/', and keys of the KV store don't");
        }

        _config = value;
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
