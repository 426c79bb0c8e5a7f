namespace Grpc.Core;

/// <summary>The server that a <see cref="VerifyPeerCallback"/> judges. Immutable.</summary>
public class VerifyPeerContext
{
    /// <summary>A context.</summary>
    public VerifyPeerContext(string targetName, string peerPem)
    {
        TargetName = targetName;
        PeerPem = peerPem;
    }

    /// <summary>The name that was connected to.</summary>
    public string TargetName { get; }

    /// <summary>The server's certificate as PEM.</summary>
    public string PeerPem { get; }
}
