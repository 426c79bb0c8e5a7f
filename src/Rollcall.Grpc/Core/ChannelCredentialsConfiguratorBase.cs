namespace Grpc.Core;

/// <summary>How a transport takes channel credentials apart.</summary>
public abstract class ChannelCredentialsConfiguratorBase
{
    /// <summary>Plaintext.</summary>
    public abstract void SetInsecureCredentials(object? state);

    /// <summary>TLS. Roots null: the system's. Key pair null: no client certificate.</summary>
    public abstract void SetSslCredentials(
        object? state, string? rootCertificates, KeyCertificatePair? keyCertificatePair, VerifyPeerCallback? verifyPeerCallback);

    /// <summary>Channel credentials with call credentials.</summary>
    public abstract void SetCompositeCredentials(object? state, ChannelCredentials channelCredentials, CallCredentials callCredentials);
}
