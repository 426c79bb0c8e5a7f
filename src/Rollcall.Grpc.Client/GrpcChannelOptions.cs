using System.Diagnostics.Metrics;
using Grpc.Core;
using Grpc.Net.Compression;
using Microsoft.Extensions.Logging;
using Rollcall.Consul;
using Rollcall.Discovery;
using Rollcall.Discovery.Balancing;
using Rollcall.Discovery.Configuration.Live;
using Rollcall.Grpc.Client.Configuration;

namespace Rollcall.Grpc.Client;

/// <summary>Settings of a <see cref="GrpcChannel"/>. Read once, when the channel is made.</summary>
public sealed class GrpcChannelOptions
{
    // Timers take no more than some weeks.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    private ServiceBalancerOptions? _balancing;

    /// <summary>
    /// Sends the requests. Null: a handler of the channel's own, which connects straight to the endpoints (no proxy), opens further connections
    /// when the streams of one run out, and keeps connections open. It must speak HTTP/2.
    /// </summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Whether disposing the channel disposes <see cref="HttpHandler"/>.</summary>
    /// <value>Default false. The channel's own handler is always disposed.</value>
    public bool DisposeHttpClient { get; set; }

    /// <summary>Where the channel logs. Null: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>
    /// Makes the meter <c>Rollcall.Grpc.Client</c>, and <c>Rollcall.Discovery</c> for a service that the channel finds by name itself. Null: meters that
    /// all channels of the process without a factory share.
    /// </summary>
    public IMeterFactory? MeterFactory { get; set; }

    /// <summary>Largest message that is taken, in bytes, also after decompression. Null: no limit.</summary>
    /// <value>Default 4 MB.</value>
    public int? MaxReceiveMessageSize { get; set; } = 4 * 1024 * 1024;

    /// <summary>Largest message that is sent, in bytes. Null: no limit.</summary>
    /// <value>Default null.</value>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>The compressions of messages that the channel reads, offers to servers and can send. Null: gzip and deflate at their fastest.</summary>
    /// <value>Default null. Each with a name of its own; empty: messages are never compressed.</value>
    public IList<ICompressionProvider>? CompressionProviders { get; set; }

    /// <summary>
    /// Compression of request messages, for servers that are known to read it; a call can say otherwise by
    /// <see cref="CallOptionsExtensions.WithRequestCompression"/>. Null: none.
    /// </summary>
    /// <value>Default null. The name of one of <see cref="CompressionProviders"/>: <c>gzip</c>, <c>deflate</c>.</value>
    public string? RequestCompressionAlgorithm { get; set; }

    /// <summary>
    /// Plaintext or TLS, and call credentials for every call. Null: what the target's scheme says, plaintext for <c>consul://</c>.
    /// Must not contradict <c>http</c> or <c>https</c>.
    /// </summary>
    public ChannelCredentials? Credentials { get; set; }

    /// <summary>
    /// The name that servers are called by whatever their address is: <c>:authority</c> of every call, and what their certificates have to carry.
    /// For instances that are found by name and have certificates of that name. Null: host and port of the endpoint.
    /// </summary>
    /// <value>Default null. A host name, with or without a port: <c>orders.example.com</c>.</value>
    public string? Authority { get; set; }

    /// <summary>Lets call credentials travel in plaintext, for tests on one machine.</summary>
    /// <value>Default false: a call with call credentials on a plaintext channel is refused.</value>
    public bool UnsafeUseInsecureChannelCallCredentials { get; set; }

    /// <summary>Timeouts, limits, retries and balancing by gRPC's service config, in code or by <see cref="ServiceConfig.Parse"/>. Null: none.</summary>
    public ServiceConfig? ServiceConfig { get; set; }

    /// <summary>Most attempts of one call, whatever a retry policy says. Null: no cap.</summary>
    /// <value>Default 5. From 1; 1 turns retry policies off.</value>
    public int? MaxRetryAttempts { get; set; } = 5;

    /// <summary>Bytes of memory that the retries of all calls may keep together; a call beyond it is not retried. Null: no limit.</summary>
    /// <value>Default 16 MB.</value>
    public long? MaxRetryBufferSize { get; set; } = 16 * 1024 * 1024;

    /// <summary>Bytes of memory that the retry of one call may keep, of which small messages of a stream take some more than they have; a larger call is not retried. Null: no limit.</summary>
    /// <value>Default 1 MB.</value>
    public long? MaxRetryBufferPerCallSize { get; set; } = 1024 * 1024;

    /// <summary>
    /// Throws <see cref="OperationCanceledException"/> instead of <see cref="RpcException"/>, which is then its inner exception, when the caller
    /// cancelled the call or its deadline has passed.
    /// </summary>
    /// <value>Default false.</value>
    public bool ThrowOperationCanceledOnCancellation { get; set; }

    /// <summary>
    /// Name of the balancing policy, for example <c>round_robin</c>. Null: the target's <c>policy</c>, else the first known one of
    /// <see cref="ServiceConfig"/>, else <c>pick_first</c>.
    /// </summary>
    public string? Policy { get; set; }

    /// <summary>
    /// What identifies a call to policies that hash (<c>ring_hash</c>, <c>maglev</c>), for example <c>HashKeySource.Header("x-user")</c> for a key of
    /// its metadata. A policy whose configuration names a header goes by that. Null: nothing, and such policies pick at random.
    /// </summary>
    public HashKeySource? HashKey { get; set; }

    /// <summary>
    /// What is around the policy: ejection of failing endpoints, slow start, locality, subsets, limits. What a service config says takes its place; a
    /// target has its own instances on trial, and <see cref="HashKey"/> goes before the one in here. Not with <see cref="Balancer"/>, which has its own.
    /// </summary>
    /// <value>Default: the defaults of each.</value>
    public ServiceBalancerOptions Balancing
    {
        get => _balancing ??= new ServiceBalancerOptions();
        set => _balancing = value;
    }

    /// <summary>
    /// Picks the endpoints in place of the target's address, so that channels and other clients share what they know of the endpoints. It stays
    /// the caller's, and <see cref="Policy"/> and <see cref="HashKey"/> must be null, <see cref="Balancing"/> left alone. Null: the channel makes its own.
    /// </summary>
    public ServiceBalancer? Balancer { get; set; }

    /// <summary>
    /// Changes how Consul is spoken to for <c>consul://</c> targets: token, certificates, datacenter. Called with what Consul's environment variables
    /// say; a host in the target overrides the address. Null: the environment.
    /// </summary>
    public Action<ConsulClientOptions>? ConfigureConsul { get; set; }

    /// <summary>
    /// Where the instances of a service found by name are looked up, in place of the Consul or the DNS servers that the target names: shares watches with
    /// others. It stays the caller's. Null: the directory that all channels of the process to the same Consul share; for DNS, one of the channel's own.
    /// </summary>
    public EndpointDirectory? Directory { get; set; }

    /// <summary>
    /// Where the service config of a service found by name is followed while the channel lives, unless the target says <c>config=false</c>. What it has
    /// for the service takes the place of <see cref="ServiceConfig"/> as a whole, and its policy that of <see cref="Policy"/>; a call goes by what was in
    /// force when it began. It stays the caller's. Null: nowhere, unless the target says <c>config=true</c> or <c>config=KEY</c>, for the KV store of the
    /// Consul that it names.
    /// </summary>
    public ServiceConfigDirectory? ServiceConfigs { get; set; }

    /// <summary>Longest time to connect to one endpoint, before the call goes to another. For the channel's own handler.</summary>
    /// <value>Default 5 seconds. More than zero; above a day counts as a day.</value>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// After this time without a byte on a connection with running calls, an HTTP/2 ping is sent. For the channel's own handler, which also uses TCP
    /// keepalive: that finds a dead host in 20 seconds but not a process that hangs.
    /// </summary>
    /// <value>Default infinite: many servers close connections of clients that ping more often than every 5 minutes. From 1 second; above a day counts as a day.</value>
    public TimeSpan KeepAlivePingDelay { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>A connection whose ping is not answered in this time is closed, and its calls fail with Unavailable.</summary>
    /// <value>Default 20 seconds. From 1 second, or infinite; above a day counts as a day.</value>
    public TimeSpan KeepAlivePingTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Is told of every attempt of every call when it has ended: which endpoint, how it ended, how long it took, and whether the call goes on.
    /// Called on the thread that ends the attempt, so it must be quick and thread-safe. What it throws is logged and changes nothing.
    /// Null: nobody is told.
    /// </summary>
    public Action<CallAttempt>? OnAttempt { get; set; }

    /// <summary>The clock of deadlines, backoff and latencies.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where jitter comes from; must be thread-safe.</summary>
    public Random Random { get; set; } = Random.Shared;

    internal ServiceBalancerOptions CopyBalancing() => _balancing?.Copy() ?? new ServiceBalancerOptions();

    /// <summary>A time as timers take it.</summary>
    internal static TimeSpan AtMostADay(TimeSpan value) => value < s_longest ? value : s_longest;

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentNullException.ThrowIfNull(Random);
        Require(Authority is null || IsAuthority(Authority), nameof(Authority), "a host name such as orders.example.com, with or without a port");
        Require(MaxReceiveMessageSize is null or >= 0, nameof(MaxReceiveMessageSize), "zero or more bytes, or null for no limit");
        Require(MaxSendMessageSize is null or >= 0, nameof(MaxSendMessageSize), "zero or more bytes, or null for no limit");
        Require(MaxRetryAttempts is null or >= 1, nameof(MaxRetryAttempts), "1 or more, or null for no cap");
        Require(MaxRetryBufferSize is null or >= 0, nameof(MaxRetryBufferSize), "zero or more bytes, or null for no limit");
        Require(MaxRetryBufferPerCallSize is null or >= 0, nameof(MaxRetryBufferPerCallSize), "zero or more bytes, or null for no limit");
        Require(ConnectTimeout > TimeSpan.Zero, nameof(ConnectTimeout), "more than zero");
        Require(IsPause(KeepAlivePingDelay), nameof(KeepAlivePingDelay), "1 second or more, or Timeout.InfiniteTimeSpan");
        Require(IsPause(KeepAlivePingTimeout), nameof(KeepAlivePingTimeout), "1 second or more, or Timeout.InfiniteTimeSpan");
        Require(Balancer is null || Directory is null, nameof(Directory), "null when Balancer is set: that has its own source");
        Require(Balancer is null || _balancing is null, nameof(Balancing), "left alone when Balancer is set: that has its own");
        Require(Balancer is null || HashKey is null, nameof(HashKey), "null when Balancer is set: that has its own");
        Require(Balancer is null || Policy is null, nameof(Policy), "null when Balancer is set: that has its own policy");
    }

    private static bool IsAuthority(string value) =>
        Uri.TryCreate($"http://{value}", UriKind.Absolute, out var uri)
        && uri.UserInfo.Length == 0
        && value.Equals(uri.Authority, StringComparison.OrdinalIgnoreCase);

    private static bool IsPause(TimeSpan value) => value == Timeout.InfiniteTimeSpan || value >= TimeSpan.FromSeconds(1);

    private static void Require(bool condition, string name, string expected)
    {
        if (!condition)
        {
            throw new ArgumentException($"GrpcChannelOptions.{name} must be {expected}.");
        }
    }
}
