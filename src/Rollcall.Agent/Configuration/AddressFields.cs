using Rollcall.Agent.Go;
using Rollcall.Agent.Http;

namespace Rollcall.Agent.Configuration;

/// <summary>What Consul takes for an address in its files. Nothing is looked up there: <c>localhost</c> is none.</summary>
internal static class AddressFields
{
    private const string Unix = "unix://";

    /// <summary>Addresses of a field, with their templates as what these stand for; each of them may be the path of a socket.</summary>
    public static string? Read(ConfigObject from, string name)
    {
        var text = AddressTemplate.Read(from, name);
        _ = Addresses(from, name, text, takesSockets: true);
        return text;
    }

    /// <summary>Reads a field that Consul looks at more than the agent does, which has other words for the rest.</summary>
    public static string? ReadWithoutNames(ConfigObject from, string name)
    {
        var text = AddressTemplate.Read(from, name);
        if (Words(text).Contains("localhost"))
        {
            from.Faults.Value(from.PathOf(name), "invalid ip address: localhost");
        }

        return text;
    }

    /// <summary>Judges addresses of a field of which nothing comes.</summary>
    public static void PassOver(ConfigObject from, string name) => _ = Addresses(from, name, Written(from, name), takesSockets: true);

    /// <summary>Judges one address, or none, of which nothing comes.</summary>
    public static void PassOverOne(ConfigObject from, string name)
    {
        if (Addresses(from, name, Written(from, name), takesSockets: false) is { Length: > 1 } several)
        {
            from.Faults.Value(from.PathOf(name), $"multiple addresses found: {string.Join(' ', several)}");
        }
    }

    /// <summary>Judges networks, of which nothing comes.</summary>
    public static void PassOverNetworks(ConfigObject from, string name)
    {
        foreach (var text in (from.Texts(name) ?? []).Where(static text => HttpRules.ReadNetwork(text.Trim()) is null))
        {
            from.Faults.Value(from.PathOf(name), $"invalid cidr: {text}");
        }
    }

    // Whatever a template stands for, which may be one that is not known here.
    private static string? Written(ConfigObject from, string name) => from.Text(name) is { } text && !text.Contains("{{", StringComparison.Ordinal) ? text : null;

    private static string[] Addresses(ConfigObject from, string name, string? text, bool takesSockets)
    {
        var words = Words(text);
        foreach (var word in words)
        {
            var isSocket = word.StartsWith(Unix, StringComparison.Ordinal);
            if (isSocket && !takesSockets)
            {
                from.Faults.Value($"{from.PathOf(name)} cannot be a unix socket");
            }
            else if (!isSocket && word != "[::]" && !GoAddress.TryParse(word, out _))
            {
                from.Faults.Value(from.PathOf(name), $"invalid ip address: {word}");
                break;
            }
        }

        return words;
    }

    private static string[] Words(string? text) => text?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
}
