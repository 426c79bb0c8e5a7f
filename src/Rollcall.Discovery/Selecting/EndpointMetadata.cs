namespace Rollcall.Discovery.Selecting;

/// <summary>Keys of an instance's metadata that selecting and balancing know.</summary>
public static class EndpointMetadata
{
    /// <summary>The instance's version, a semantic one: <c>1.4.2</c>, <c>2.0.0-rc.1</c>.</summary>
    public const string Version = "version";

    /// <summary>The environment it belongs to: <c>prod</c>, <c>staging</c>.</summary>
    public const string Environment = "env";

    /// <summary>What it speaks: <c>grpc</c>, <c>http</c>.</summary>
    public const string Protocol = "protocol";

    /// <summary>The part of its datacenter that it runs in: <c>eu-1a</c>.</summary>
    public const string Zone = "zone";

    /// <summary>What the scheme of its URLs is: <c>http</c>, <c>https</c>.</summary>
    public const string Scheme = "scheme";

    /// <summary>What keys of further ports begin with: <c>port-metrics</c> is the port that is called <c>metrics</c>.</summary>
    public const string PortPrefix = "port-";
}
