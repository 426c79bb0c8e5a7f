using Rollcall.Agent.Go;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>The body of <c>agent/connect/authorize</c>.</summary>
internal sealed class AuthorizeBody
{
    public static readonly GoStruct<AuthorizeBody> Type = new GoStruct<AuthorizeBody>("ConnectAuthorizeRequest", "structs.ConnectAuthorizeRequest")
        .Add((d, v, t) => t.Target = d.Text(v), "Target")
        .Add((d, v, t) => t.ClientUri = d.Text(v), "ClientCertURI")
        .Add((d, v, _) => d.Text(v), "ClientCertSerial");

    /// <summary>The service that is called.</summary>
    public string Target { get; private set; } = "";

    /// <summary>Who the caller's certificate says that he is.</summary>
    public string ClientUri { get; private set; } = "";
}
