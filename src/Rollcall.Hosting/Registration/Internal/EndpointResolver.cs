using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Rollcall.Hosts;

namespace Rollcall.Hosting.Registration;

/// <summary>Turns what a server is bound to into an address that callers can use, or says why it can't.</summary>
/// <param name="agent">Where the agent is.</param>
/// <param name="interfaces">The addresses of this machine that others may reach, the best first. Null: what the system says.</param>
/// <param name="towards">The local end of the route to the agent; null when there is none. Null: what the system says.</param>
/// <param name="timeProvider">For how long that may take. Null: the system's.</param>
/// <param name="owns">Whether this machine has an address, asked at little cost. Null: what the system says, or nobody can tell where <paramref name="interfaces"/> are given.</param>
internal sealed class EndpointResolver(
    Uri agent,
    Func<IReadOnlyList<OwnAddress>>? interfaces = null,
    Func<Task<IPAddress?>>? towards = null,
    TimeProvider? timeProvider = null,
    Func<IPAddress, bool>? owns = null)
{
    // The agent's name may have to be looked up first, and a host neither starts nor stops later because no name server answers. A guess is replaced when one does.
    private static readonly TimeSpan s_longestSearch = TimeSpan.FromSeconds(1);

    // An answer that came after that is taken by the next look. Looks are seconds apart: one that is older was needed by none, and the network may be another.
    private static readonly TimeSpan s_longestUnheard = TimeSpan.FromSeconds(10);

    // Looks at the network, each after 2 seconds, for which an address may be away before a guess takes its place.
    private const int Patience = 5;

    // Looks in a row that go by the machine having the address alone. Listing the interfaces of a machine with hundreds takes tens of milliseconds of CPU; that one is down
    // though it keeps its address, as when its cable is out, is only seen there.
    private const int Trust = 15;

    private readonly Func<IReadOnlyList<OwnAddress>> _interfaces = interfaces ?? OwnAddress.All;
    private readonly Func<Task<IPAddress?>> _towards = towards ?? (() => TowardsAsync(agent));
    private readonly Func<IPAddress, bool> _owns = owns ?? (interfaces is null ? Owns : static _ => false);
    private readonly TimeProvider _time = timeProvider ?? TimeProvider.System;

    // The search under way, or one that ended unheard. One that takes longer than a look waits is waited for again rather than begun again.
    private Task<(IPAddress? Way, long EndedAt)>? _search;

    /// <summary>Whether the agent is on this machine, so that it can reach loopback addresses.</summary>
    public bool AgentIsLocal => agent.Scheme == "unix" || agent.IsLoopback || agent.Host == AgentInMemory.Host;

    public static bool IsWildcard(string host) => host is "*" or "+" || RequestHost.IsEveryAddress(host);

    /// <summary>
    /// What to register of what the server is bound to: the one that fits what was configured best, of those the first that others may reach, else the first. Its host may stand for every address:
    /// <see cref="ResolveAsync"/>.
    /// </summary>
    /// <param name="options">What was configured takes precedence.</param>
    /// <param name="bound">The server's addresses as it reports them; null: there is no server.</param>
    /// <exception cref="InvalidOperationException">There is nothing to register, and never will be; the message says what to set.</exception>
    public static ServiceEndpoint Choose(ServiceRegistrationOptions options, IEnumerable<string>? bound)
    {
        // What was configured is that of one of them, most likely.
        var chosen = (bound ?? []).Select(Parse).OfType<ServiceEndpoint>()
            .OrderBy(c => options.Port is { } set && c.Port != set)
            .ThenBy(c => Distance(c.Host, options.Address))
            .ThenBy(static c => IsLoopback(c.Host))
            .FirstOrDefault();
        if ((options.Port ?? chosen?.Port) is not { } port || (options.Address ?? chosen?.Host) is not { } host)
        {
            throw new InvalidOperationException(
                bound is null
                    ? $"Service '{options.Name}' can't be registered: this host has no web server whose address could be taken. "
                        + "Set Address and Port in AddServiceRegistration."
                    : $"Service '{options.Name}' can't be registered: the server is bound to no TCP address"
                        + $"{(bound.Any() ? $" ({string.Join(", ", bound)})" : "")}. Set Address and Port in AddServiceRegistration, or a URL for the server. "
                        + "In tests with a server in memory (TestServer, WebApplicationFactory) set Enabled = false.");
        }

        if (port == 0)
        {
            throw new InvalidOperationException(
                $"Service '{options.Name}' can't be registered: the server doesn't say which port it got for port 0. Set Port in AddServiceRegistration.");
        }

        if (host == "localhost" && options.Address is null)
        {
            // Bound to both loopback addresses; a name would be looked up by every caller, and DNS answers need an address.
            host = IPAddress.Loopback.ToString();
        }

        return new ServiceEndpoint(host, port, chosen?.Tls ?? false) { Scheme = chosen?.Port != port ? null : chosen.Tls ? "https" : "http" };
    }

    /// <summary>The addresses that the server is bound to with other ports than the chosen one.</summary>
    public static IReadOnlyList<string> Others(ServiceEndpoint chosen, IEnumerable<string>? bound) =>
        [.. (bound ?? []).Where(address => Parse(address) is { } other && other.Port != chosen.Port)];

    /// <summary>The host that callers can use, as the network is now; null: none of this machine's addresses leads anywhere.</summary>
    /// <param name="chosen">What was chosen.</param>
    /// <param name="last">What was found last. It stays while the machine has it, a guess only until there is better, and while there is no other of the network.</param>
    /// <param name="cancellationToken">Ends the search for the way to the agent.</param>
    public async Task<FoundHost?> ResolveAsync(ServiceEndpoint chosen, FoundHost? last, CancellationToken cancellationToken)
    {
        if (!IsWildcard(chosen.Host))
        {
            return new FoundHost(chosen.Host, IsGuess: false);
        }

        if (last is { IsGuess: false, Away: 0, Unlisted: < Trust } && _owns(IPAddress.Parse(last.Host)))
        {
            return last with { Unlisted = last.Unlisted + 1 };
        }

        // Beside the caller, whose heartbeats go on meanwhile; it has none yet where nothing was found.
        var own = last is null ? _interfaces() : await Task.Run(_interfaces, cancellationToken).ConfigureAwait(false);
        var isThere = last is not null && own.Any(a => a.Address.Equals(IPAddress.Parse(last.Host)));
        if (isThere && !last!.IsGuess)
        {
            return last with { Away = 0, Unlisted = 0 };
        }

        var v4Only = IPAddress.TryParse(chosen.Host, out var any) && any.Equals(IPAddress.Any);
        var found = await FindAsync(own, v4Only, cancellationToken).ConfigureAwait(false);
        if (last is null || found is { IsGuess: false })
        {
            return found;
        }

        if (found is null || isThere || IPAddress.IsLoopback(IPAddress.Parse(found.Host)))
        {
            return last;
        }

        // The address of an interface that comes back is worth more than one that perhaps nobody else reaches.
        return !last.IsGuess && last.Away < Patience ? last with { Away = last.Away + 1 } : found;
    }

    /// <summary>How far from an address that callers were given a server is that is bound like this: 0 where it is the same.</summary>
    private static int Distance(string bound, string? address) =>
        address is null || string.Equals(bound, address, StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(bound, out var one) && IPAddress.TryParse(address, out var other) && one.Equals(other)) ? 0
        : IsLoopback(bound) && IsLoopback(address) ? 1
        : IsWildcard(bound) ? 2
        : 3;

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>An address as servers write it: <c>http://*:80</c>, <c>https://[::]:443</c>; null for what is no TCP address.</summary>
    private static ServiceEndpoint? Parse(string address)
    {
        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || address.AsSpan(scheme + 3).StartsWith("unix:", StringComparison.OrdinalIgnoreCase)
            || address.AsSpan(scheme + 3).StartsWith("pipe:", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var tls = address.StartsWith("https", StringComparison.OrdinalIgnoreCase);
        var authority = address[(scheme + 3)..];
        var path = authority.IndexOf('/', StringComparison.Ordinal);
        authority = path < 0 ? authority : authority[..path];
        var colon = authority.LastIndexOf(':');
        if (colon > authority.LastIndexOf(']'))
        {
            return int.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? new ServiceEndpoint(authority[..colon].Trim('[', ']'), port, tls)
                : null;
        }

        return new ServiceEndpoint(authority.Trim('[', ']'), tls ? 443 : 80, tls);
    }

    /// <param name="own">The addresses of this machine.</param>
    /// <param name="v4Only">The server is bound to 0.0.0.0, so that nobody reaches it by IPv6.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    private async Task<FoundHost?> FindAsync(IReadOnlyList<OwnAddress> own, bool v4Only, CancellationToken cancellationToken)
    {
        var local = AgentIsLocal;
        var way = local ? null : await WayAsync(cancellationToken).ConfigureAwait(false);
        if (way is not null && !IPAddress.IsLoopback(way) && IsServed(way))
        {
            return new FoundHost(way.ToString(), IsGuess: false);
        }

        foreach (var (address, routed) in own)
        {
            if (IsServed(address))
            {
                return new FoundHost(address.ToString(), IsGuess: !routed || (!local && way is null));
            }
        }

        // With agent and server alone on a machine without a network, loopback is an address that callers can use.
        return local ? new FoundHost(IPAddress.Loopback.ToString(), IsGuess: true) : null;

        bool IsServed(IPAddress address) => !v4Only || address.AddressFamily == AddressFamily.InterNetwork;
    }

    private async Task<IPAddress?> WayAsync(CancellationToken cancellationToken)
    {
        var search = Volatile.Read(ref _search);
        if (search is null || (search.IsCompletedSuccessfully && _time.GetElapsedTime((await search.ConfigureAwait(false)).EndedAt) > s_longestUnheard))
        {
            search = SearchAsync();
            Volatile.Write(ref _search, search);
        }

        await ((Task)search).WaitAsync(s_longestSearch, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (!search.IsCompleted)
        {
            return null;
        }

        _ = Interlocked.CompareExchange(ref _search, null, search);
        return (await search.ConfigureAwait(false)).Way;
    }

    private async Task<(IPAddress? Way, long EndedAt)> SearchAsync()
    {
        var way = await _towards().ConfigureAwait(false);
        return (way, _time.GetTimestamp());
    }

    /// <summary>The local end of the route to the agent: connecting a datagram socket sends nothing.</summary>
    private static async Task<IPAddress?> TowardsAsync(Uri agent)
    {
        try
        {
            using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
            await socket.ConnectAsync(agent.IdnHost.Trim('[', ']'), agent.Port).ConfigureAwait(false);
            var address = (socket.LocalEndPoint as IPEndPoint)?.Address;
            return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>A datagram socket takes only addresses that the machine has; nothing is sent.</summary>
    private static bool Owns(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
