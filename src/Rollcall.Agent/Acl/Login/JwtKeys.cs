using System.Buffers.Text;
using System.Security.Cryptography;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Acl.Login;

/// <summary>Keys that are fetched (RFC 7517), each with its id; those of other kinds than RSA and ECDSA are passed over.</summary>
internal sealed class JwtKeys : IDisposable
{
    private readonly List<(string Id, AsymmetricAlgorithm Key)> _keys = [];

    /// <exception cref="LoginException">They can't be had.</exception>
    public static async Task<JwtKeys> FetchAsync(string url, string authorityPem, CancellationToken cancellation)
    {
        using var http = LoginHttp.Client(authorityPem);
        var document = await LoginHttp.GetAsync(http, url, "fetching keys oidc: get keys failed", "fetching keys oidc: failed to decode keys", cancellation).ConfigureAwait(false);
        var keys = new JwtKeys();
        foreach (var item in document["keys"].Items)
        {
            if (Read(item) is { } key)
            {
                keys._keys.Add((item["kid"].Text, key));
            }
        }

        return keys;
    }

    /// <summary>Whether the owner of one of them signed a token that names it, or names none.</summary>
    public bool Signed(JwsToken token) => _keys.Exists(key => (token.KeyId.Length == 0 || token.KeyId == key.Id) && token.IsSignedBy(key.Key));

    public void Dispose() => _keys.ForEach(static key => key.Key.Dispose());

    private static AsymmetricAlgorithm? Read(GoValue key)
    {
        try
        {
            switch (key["kty"].Text)
            {
                case "RSA":
                    return RSA.Create(new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") });
                case "EC":
                    var curve = key["crv"].Text switch
                    {
                        "P-256" => ECCurve.NamedCurves.nistP256,
                        "P-384" => ECCurve.NamedCurves.nistP384,
                        "P-521" => ECCurve.NamedCurves.nistP521,
                        var other => throw new CryptographicException(other),
                    };
                    return ECDsa.Create(new ECParameters { Curve = curve, Q = new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") } });
                default:
                    return null;
            }
        }
        catch (Exception fault) when (fault is CryptographicException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static byte[] Bytes(GoValue key, string name) => Base64Url.DecodeFromChars(key[name].Text);
}
