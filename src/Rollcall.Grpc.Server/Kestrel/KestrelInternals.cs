using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Rollcall.Grpc.Server.Kestrel;

/// <summary>
/// What Kestrel has and does not publish, and what one port for both versions of HTTP needs: the feature by which a connection tells its
/// protocol, and the endpoints that exist so far. Found once; a release without one of them is told apart here and nowhere else.
/// </summary>
internal sealed class KestrelInternals
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly PropertyInfo _endpointDefaults;
    private readonly PropertyInfo _listenOptions;
    private readonly PropertyInfo _isTls;

    private KestrelInternals(Type featureType, object http2, PropertyInfo endpointDefaults, PropertyInfo listenOptions, PropertyInfo isTls)
    {
        FeatureType = featureType;
        Http2 = http2;
        _endpointDefaults = endpointDefaults;
        _listenOptions = listenOptions;
        _isTls = isTls;
    }

    /// <summary>Key of the connection's protocol among its features.</summary>
    public Type FeatureType { get; }

    /// <summary>The feature that makes Kestrel serve HTTP/2 whatever the endpoint says. Immutable.</summary>
    public object Http2 { get; }

    /// <summary>Null when this Kestrel lacks something.</summary>
    /// <param name="options">Its <see cref="KestrelServerOptions"/>.</param>
    /// <param name="listen">Its <see cref="ListenOptions"/>.</param>
    public static KestrelInternals? Find(Type options, Type listen)
    {
        var feature = options.Assembly.GetType("Microsoft.AspNetCore.Server.Kestrel.Core.Internal.HttpProtocolsFeature");
        return feature?.GetConstructor(Any, [typeof(HttpProtocols)]) is { } constructor
            && GetProperty(options, "EndpointDefaults", typeof(Action<ListenOptions>)) is { } defaults
            && GetProperty(options, "CodeBackedListenOptions", typeof(List<ListenOptions>)) is { } endpoints
            && GetProperty(listen, "IsTls", typeof(bool)) is { } isTls
            ? new KestrelInternals(feature, constructor.Invoke([HttpProtocols.Http2]), defaults, endpoints, isTls)
            : null;
    }

    public Action<ListenOptions> GetEndpointDefaults(KestrelServerOptions options) => (Action<ListenOptions>)_endpointDefaults.GetValue(options)!;

    /// <summary>The endpoints made in code; those of addresses and of the configuration come later, with the defaults.</summary>
    public IReadOnlyList<ListenOptions> GetListenOptions(KestrelServerOptions options) => (List<ListenOptions>)_listenOptions.GetValue(options)!;

    public bool IsTls(ListenOptions listen) => (bool)_isTls.GetValue(listen)!;

    private static PropertyInfo? GetProperty(Type owner, string name, Type type) =>
        owner.GetProperty(name, Any) is { CanRead: true } property && property.PropertyType == type ? property : null;
}
