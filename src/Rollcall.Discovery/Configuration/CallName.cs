namespace Rollcall.Discovery.Configuration;

/// <summary>
/// Names calls that settings are for: a method, all methods of a service, or everything. For HTTP, the path of a request takes the place of
/// service and method, and a word in front of it the place of the HTTP method: <c>GET /v1/orders</c> names every GET of <c>/v1/orders</c> and of
/// what is below it.
/// </summary>
/// <param name="Service">The service with its package, <c>greet.Greeter</c>, or for HTTP a path, with or without a method. Null or empty: all.</param>
/// <param name="Method">The method, <c>SayHello</c>, or the last part of the path. Null or empty: all.</param>
public readonly record struct CallName(string? Service, string? Method)
{
    /// <summary>The HTTP method, when it names one.</summary>
    internal string? HttpMethod => Split().Method;

    /// <summary>Service and method as a path without slashes around it; empty for everything.</summary>
    internal string Path => string.IsNullOrEmpty(Method) ? Split().Path : $"{Split().Path}/{Method}".Trim('/');

    // No service of gRPC has a space in its name, so this takes nothing away.
    private (string? Method, string Path) Split() =>
        Service is { Length: > 0 } service && service.IndexOf(' ', StringComparison.Ordinal) is > 0 and var space
            ? (service[..space], service[(space + 1)..].Trim().Trim('/'))
            : (null, (Service ?? "").Trim('/'));
}
