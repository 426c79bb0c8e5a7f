namespace Grpc.Core;

/// <summary>Decides whether to trust a server whose chain was verified.</summary>
public delegate bool VerifyPeerCallback(VerifyPeerContext context);
