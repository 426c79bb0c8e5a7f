namespace Rollcall.Consul;

/// <summary>Reads Consul's environment variables as Consul's own programs do.</summary>
internal sealed class ConsulEnvironment(Func<string, string?> read)
{
    private const string AddressVariable = "CONSUL_HTTP_ADDR";
    private const string TokenVariable = "CONSUL_HTTP_TOKEN";
    private const string TokenFileVariable = "CONSUL_HTTP_TOKEN_FILE";
    private const int DefaultPort = 8500;

    /// <summary>An empty variable counts as none; surrounding blanks come from files and scripts and are never meant.</summary>
    public string? Text(string name) => read(name)?.Trim() is { Length: > 0 } value ? value : null;

    /// <summary>A boolean in the spellings that Go's <c>strconv.ParseBool</c> takes.</summary>
    public bool Flag(string name, bool otherwise) => Text(name) switch
    {
        null => otherwise,
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        var value => throw new FormatException($"{name} is '{value}': set it to true or false."),
    };

    /// <summary>Whether a variable says where the agent is.</summary>
    public bool NamesAddress => Text(AddressVariable) is not null;

    /// <summary>The token and where it is from, or would be. As in Consul, a file wins over the other variable, unless it is empty.</summary>
    public (string? Token, string Origin, string? File) Token() => Text(TokenFileVariable) is { } file && TokenIn(file) is { } token
        ? (token, $"{file} ({TokenFileVariable})", file)
        : (Text(TokenVariable), TokenVariable, null);

    /// <summary>What is in a token's file by now; null: nothing, or it can't be read.</summary>
    public static string? ReadAgain(string file)
    {
        try
        {
            return TokenIn(file) is { } token && ConsulClientOptions.IsHeaderValue(token) ? token : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>What else to do about a token that the agent does not know, beside putting another one where it is from.</summary>
    public static string AfterReplacing(string origin) =>
        origin.EndsWith($"({TokenFileVariable})", StringComparison.Ordinal) ? " It is read again after a refusal like this."
        : origin == TokenVariable ? " A process that runs takes it when it is started again; one with CONSUL_HTTP_TOKEN_FILE, as it runs."
        : "";

    /// <summary>The agent, and further ones after commas.</summary>
    public (Uri First, IReadOnlyList<Uri> Further) Addresses()
    {
        var scheme = Flag("CONSUL_HTTP_SSL", false) ? "https" : "http";
        if (Text(AddressVariable) is not { } text)
        {
            return (new Uri($"{scheme}://127.0.0.1:{DefaultPort}"), []);
        }

        var addresses = text.Split(',', StringSplitOptions.TrimEntries).Select(address => Address(scheme, address)).ToList();
        return (addresses[0], addresses[1..]);
    }

    private static string? TokenIn(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{TokenFileVariable} is '{file}', which cannot be read: {e.Message}", e);
        }
    }

    private static Uri Address(string scheme, string text)
    {
        var bare = !text.Contains("://", StringComparison.Ordinal);

        // For Go, an address without a host is one of this machine.
        var url = (bare ? $"{scheme}://{text}" : text).Replace("://:", "://127.0.0.1:", StringComparison.Ordinal);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https" or "unix")
            || (address.Scheme != "unix" && address.Host.Length == 0))
        {
            // The value may hold a password (http://user:password@host), so it isn't repeated.
            throw new FormatException(
                $"{AddressVariable} is not an address that can be used: give host:port, http://host:port, https://host:port or unix:///path/of/socket, "
                + "or several of them with commas between.");
        }

        // Without a scheme the port is rarely left out on purpose, and 80 is never where an agent listens.
        return bare && address.IsDefaultPort && !NamesPort(text)
            ? new UriBuilder(address) { Port = DefaultPort }.Uri
            : address;
    }

    /// <summary>Whether a port follows the host, before any path.</summary>
    private static bool NamesPort(string text)
    {
        var end = text.IndexOfAny(['/', '?', '#']);
        var authority = end < 0 ? text : text[..end];
        return authority.LastIndexOf(':') is var colon && colon > authority.LastIndexOf(']') && colon > authority.LastIndexOf('@') && colon < authority.Length - 1;
    }
}
