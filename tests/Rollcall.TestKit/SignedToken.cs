using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Rollcall.TestKit;

/// <summary>JSON web tokens of somebody who has a key, made anew for each run.</summary>
public static class SignedToken
{
    private static readonly RSA s_key = RSA.Create(2048);
    private static readonly ECDsa s_curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>What tokens are checked with, in PEM.</summary>
    public static string PublicKey { get; } = s_key.ExportSubjectPublicKeyInfoPem();

    /// <summary>The same for tokens of <c>ES256</c>.</summary>
    public static string CurveKey { get; } = s_curve.ExportSubjectPublicKeyInfoPem();

    /// <summary>Both keys as a set (RFC 7517), named <c>rsa</c> and <c>curve</c>.</summary>
    public static string KeySet
    {
        get
        {
            var (rsa, curve) = (s_key.ExportParameters(false), s_curve.ExportParameters(false));
            return $$"""
                {"keys":[{"kty":"RSA","kid":"rsa","use":"sig","n":"{{Base64Url.EncodeToString(rsa.Modulus)}}","e":"{{Base64Url.EncodeToString(rsa.Exponent)}}"},
                         {"kty":"EC","kid":"curve","crv":"P-256","x":"{{Base64Url.EncodeToString(curve.Q.X)}}","y":"{{Base64Url.EncodeToString(curve.Q.Y)}}"}]}
                """;
        }
    }

    /// <summary>A token that says what is given.</summary>
    /// <param name="claims">JSON.</param>
    /// <param name="algorithm">Its name, as it stands in the token.</param>
    /// <param name="key">The name of the key that it is said to be signed with; null: it names none.</param>
    public static string Of(string claims, string algorithm = "RS256", string? key = null)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        var named = key is null ? "" : $",\"kid\":\"{key}\"";
        var text = $"{Encode($"{{\"alg\":\"{algorithm}\",\"typ\":\"JWT\"{named}}}")}.{Encode(claims)}";
        var bytes = Encoding.ASCII.GetBytes(text);
        var signature = algorithm switch
        {
            "RS256" => s_key.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "RS512" => s_key.SignData(bytes, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
            "PS384" => s_key.SignData(bytes, HashAlgorithmName.SHA384, RSASignaturePadding.Pss),
            "ES256" => s_curve.SignData(bytes, HashAlgorithmName.SHA256),
            _ => [],
        };
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
