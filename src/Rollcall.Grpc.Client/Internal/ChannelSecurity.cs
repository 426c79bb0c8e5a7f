using Grpc.Core;

namespace Rollcall.Grpc.Client.Internal;

/// <summary>Channel credentials taken apart.</summary>
internal sealed class ChannelSecurity : ChannelCredentialsConfiguratorBase
{
    private ChannelSecurity()
    {
    }

    /// <summary>Null: nothing was said.</summary>
    public bool? IsTls { get; private set; }

    public string? RootCertificates { get; private set; }

    public KeyCertificatePair? ClientCertificate { get; private set; }

    public VerifyPeerCallback? VerifyPeer { get; private set; }

    public CallCredentials? CallCredentials { get; private set; }

    public bool HasOwnTlsSettings => RootCertificates is not null || ClientCertificate is not null || VerifyPeer is not null;

    public static ChannelSecurity Read(ChannelCredentials? credentials)
    {
        var security = new ChannelSecurity();
        credentials?.InternalPopulateConfiguration(security, null);
        return security;
    }

    public override void SetInsecureCredentials(object? state) => IsTls = false;

    public override void SetSslCredentials(
        object? state, string? rootCertificates, KeyCertificatePair? keyCertificatePair, VerifyPeerCallback? verifyPeerCallback)
    {
        IsTls = true;
        RootCertificates = rootCertificates;
        ClientCertificate = keyCertificatePair;
        VerifyPeer = verifyPeerCallback;
    }

    public override void SetCompositeCredentials(object? state, ChannelCredentials channelCredentials, CallCredentials callCredentials)
    {
        channelCredentials.InternalPopulateConfiguration(this, state);
        CallCredentials = CallCredentials is { } others ? CallCredentials.Compose(others, callCredentials) : callCredentials;
    }
}
