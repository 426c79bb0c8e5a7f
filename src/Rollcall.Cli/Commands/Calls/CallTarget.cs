using Rollcall.Discovery.Consul;

namespace Rollcall.Cli.Commands.Calls;

/// <summary>The server or service that somebody named.</summary>
/// <param name="Given">As it was given, for messages.</param>
/// <param name="Address">What a channel takes.</param>
/// <param name="IsByName">Whether its instances are looked up in Consul.</param>
/// <param name="IsTls">Whether calls go over TLS.</param>
internal sealed record CallTarget(string Given, string Address, bool IsByName, bool IsTls)
{
    private const string SchemeSeparator = "://";

    /// <param name="text"><c>host:port</c>, a URL, a service's name, or a <c>consul://</c> target.</param>
    /// <param name="wantsTls">Whether the options ask for TLS.</param>
    /// <exception cref="CommandFailure">It is none of them, or plaintext where TLS is wanted.</exception>
    public static CallTarget Parse(string text, bool wantsTls)
    {
        if (text.Length == 0)
        {
            throw new CommandFailure("TARGET is empty: give an address such as localhost:5000, or the name of a service.", ExitCode.Usage);
        }

        if (!text.Contains(SchemeSeparator, StringComparison.Ordinal))
        {
            return IsHostAndPort(text)
                ? new CallTarget(text, (wantsTls ? "https://" : "http://") + text, IsByName: false, wantsTls)
                : new CallTarget(text, ServiceTarget.ToAddress(text), IsByName: true, wantsTls);
        }

        var scheme = text[..text.IndexOf(SchemeSeparator, StringComparison.Ordinal)];
        if (scheme.Equals(Uri.UriSchemeHttp, StringComparison.OrdinalIgnoreCase) && wantsTls)
        {
            throw new CommandFailure($"{text} is plaintext, and the options are about TLS: write https://, or leave them out.", ExitCode.Usage);
        }

        return new CallTarget(
            text,
            text,
            scheme.Equals(ConsulTarget.Scheme, StringComparison.OrdinalIgnoreCase),
            wantsTls || scheme.Equals(Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsHostAndPort(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && colon < text.Length - 1 && text.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0 && !text.Contains('?', StringComparison.Ordinal);
    }
}
