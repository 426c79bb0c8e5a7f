using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Rollcall.Agent.Go;

namespace Rollcall.Agent.Acl.Login;

/// <summary>A signed token in its compact form (RFC 7515), of algorithms with a public key. What it says is not to be believed before <see cref="IsSignedBy"/>.</summary>
internal sealed class JwsToken
{
    private readonly byte[] _signed;
    private readonly byte[] _payload;
    private readonly byte[] _signature;

    private JwsToken(byte[] signed, byte[] payload, byte[] signature, GoValue header)
    {
        (_signed, _payload, _signature) = (signed, payload, signature);
        (Algorithm, KeyId) = (header["alg"].Text, header["kid"].Text);
    }

    /// <summary>What it says to be signed with.</summary>
    public string Algorithm { get; }

    /// <summary>Which key it names; empty: none.</summary>
    public string KeyId { get; }

    /// <summary>Null, with the fault in the words of the library that Consul uses.</summary>
    public static JwsToken? Parse(string text, out string fault)
    {
        var parts = text.Split('.');
        fault = "square/go-jose: compact JWS format must have three parts";
        if (parts.Length != 3)
        {
            return null;
        }

        var bytes = new byte[parts.Length][];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!TryDecode(parts[i], out bytes[i], out var at))
            {
                fault = string.Create(CultureInfo.InvariantCulture, $"illegal base64 data at input byte {at}");
                return null;
            }
        }

        var header = GoJsonParser.Parse(bytes[0], out fault);
        return header is null ? null : new JwsToken(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), bytes[1], bytes[2], header);
    }

    /// <summary>What it says, as JSON; null: it is none.</summary>
    public GoValue? Claims() => GoJsonParser.Parse(_payload, out _) is { Kind: GoKind.Object } claims ? claims : null;

    /// <summary>Whether the owner of a key signed it.</summary>
    public bool IsSignedBy(AsymmetricAlgorithm key) => (key, Algorithm) switch
    {
        (RSA rsa, "RS256" or "RS384" or "RS512") => rsa.VerifyData(_signed, _signature, Hash(), RSASignaturePadding.Pkcs1),
        (RSA rsa, "PS256" or "PS384" or "PS512") => rsa.VerifyData(_signed, _signature, Hash(), RSASignaturePadding.Pss),

        // Each algorithm has its curve (RFC 7518 3.4).
        (ECDsa { KeySize: 256 } ec, "ES256") => ec.VerifyData(_signed, _signature, Hash()),
        (ECDsa { KeySize: 384 } ec, "ES384") => ec.VerifyData(_signed, _signature, Hash()),
        (ECDsa { KeySize: 521 } ec, "ES512") => ec.VerifyData(_signed, _signature, Hash()),
        _ => false,
    };

    private HashAlgorithmName Hash() => Algorithm[2..] switch
    {
        "256" => HashAlgorithmName.SHA256,
        "384" => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

    private static bool TryDecode(string text, out byte[] bytes, out int at)
    {
        bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        var status = Base64Url.DecodeFromChars(text, bytes, out at, out var written);
        bytes = bytes[..written];
        return status == System.Buffers.OperationStatus.Done;
    }
}
