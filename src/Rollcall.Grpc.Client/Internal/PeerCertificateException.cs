using System.Security.Authentication;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>A server's certificate was not accepted.</summary>
internal sealed class PeerCertificateException(string message) : AuthenticationException(message);
