using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>Knows callers by the token <c>Bearer name</c> or <c>Bearer name role</c>, or else by their certificate.</summary>
internal sealed class TokenHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "test";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var claims = Request.Headers.Authorization.ToString().Split(' ') switch
        {
            ["Bearer", var name] => [new Claim(ClaimTypes.Name, name)],
            ["Bearer", var name, var role] => [new Claim(ClaimTypes.Name, name), new Claim(ClaimTypes.Role, role)],
            _ when Context.Connection.ClientCertificate is { } certificate => [new Claim(ClaimTypes.Name, certificate.Subject)],
            _ => (Claim[])[],
        };
        return Task.FromResult(claims.Length == 0
            ? AuthenticateResult.NoResult()
            : AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(claims, Scheme.Name)), Scheme.Name)));
    }
}
