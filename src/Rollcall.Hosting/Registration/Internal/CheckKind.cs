namespace Rollcall.Hosting.Registration;

/// <summary>The kinds of check an instance can be registered with.</summary>
internal enum CheckKind
{
    Ttl,
    Http,
    Grpc,
    Tcp,
}
