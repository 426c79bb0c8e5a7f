using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.Extensions.Options;

namespace AllKinds;

/// <summary>Issues the tokens that ASP.NET Core's bearer scheme checks. In earnest they come from an identity provider.</summary>
internal sealed class Tokens(IOptionsMonitor<BearerTokenOptions> options)
{
    public string Issue(string name)
    {
        var identity = new ClaimsIdentity(BearerTokenDefaults.AuthenticationScheme);
        identity.AddClaim(new Claim(ClaimTypes.Name, name));
        identity.AddClaim(new Claim(ClaimTypes.Role, name.StartsWith("station", StringComparison.Ordinal) ? "station" : "reader"));
        var validity = new AuthenticationProperties { ExpiresUtc = TimeProvider.System.GetUtcNow().AddHours(1) };
        var ticket = new AuthenticationTicket(new ClaimsPrincipal(identity), validity, $"{BearerTokenDefaults.AuthenticationScheme}:AccessToken");
        return options.Get(BearerTokenDefaults.AuthenticationScheme).BearerTokenProtector.Protect(ticket);
    }
}
