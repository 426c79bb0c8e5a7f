using System.Net.Quic;
using System.Runtime.Versioning;
using Xunit;

namespace Rollcall.TestKit;

/// <summary>A fact that needs QUIC, which .NET takes from the native library libmsquic, and is skipped, with the reason, where that is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
[SupportedOSPlatform("windows")]
public sealed class RequiresQuicFactAttribute : FactAttribute
{
    /// <summary>Looks whether QUIC works here.</summary>
    public RequiresQuicFactAttribute() =>
        Skip = QuicListener.IsSupported && QuicConnection.IsSupported ? null : "needs libmsquic for HTTP/3, which is not installed";
}
