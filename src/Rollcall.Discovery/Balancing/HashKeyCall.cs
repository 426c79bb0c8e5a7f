namespace Rollcall.Discovery.Balancing;

/// <summary>What a <see cref="HashKeySource"/> may know of a call.</summary>
public readonly struct HashKeyCall
{
    private readonly object? _headers;
    private readonly Func<object, string, string?>? _find;

    /// <summary>Made by clients, for each call.</summary>
    /// <param name="path">What is called: <c>/greet.Greeter/SayHello</c>, or the path of a URI.</param>
    /// <param name="headers">Where <paramref name="find"/> looks; null: there are none.</param>
    /// <param name="find">
    /// Finds a header by its name, the values of several joined by commas; null when it is not there. Static, so that nothing is allocated.
    /// </param>
    public HashKeyCall(string path, object? headers, Func<object, string, string?> find)
    {
        Path = path;
        _headers = headers;
        _find = find;
    }

    /// <summary>What is called.</summary>
    public string Path { get; }

    /// <summary>A header of the request (gRPC: metadata), the values of several joined by commas; null when it is not there.</summary>
    public string? GetHeader(string name) => _headers is null ? null : _find?.Invoke(_headers, name);
}
