using System.Text;
using Rollcall.Agent.Go;
using Rollcall.Agent.Store.Acl;

namespace Rollcall.Agent.Acl.Login;

/// <summary>The types of auth methods there are.</summary>
internal static class LoginMethods
{
    private const string Jwt = "jwt";
    private const string Kubernetes = "kubernetes";

    public static bool Knows(string type) => type is Jwt or Kubernetes;

    /// <summary>What <see cref="Knows"/> says of any other type.</summary>
    public const string UnknownType = $"Type should be one of: [{Jwt} {Kubernetes}]";

    /// <summary>Null, with what is wrong with the settings, in Consul's words.</summary>
    /// <param name="method">An auth method of a type that is known.</param>
    /// <param name="time">The clock that tokens are judged by.</param>
    /// <param name="fault">What is wrong.</param>
    public static ILoginMethod? Create(AclAuthMethod method, TimeProvider time, out string fault)
    {
        var config = GoJsonParser.Parse(Encoding.UTF8.GetBytes(method.Config), out _) ?? GoValue.Null;
        return method.Type == Jwt ? JwtMethod.Create(config, time, out fault) : KubernetesMethod.Create(config, out fault);
    }
}
