using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Rollcall.Grpc.Server.Protocols;

/// <summary>An HTTP request to the message that its binding makes of it: body first, then query, then path, which wins.</summary>
internal sealed class TranscodingRequest(TranscodingBinding binding, MessageDescriptor type, MessageJson messages)
{
    private const int MaxNameLength = 100;

    /// <summary>Makes the message.</summary>
    /// <param name="httpContext">The request; its body is not read here.</param>
    /// <param name="body">The body, or null when the binding has none.</param>
    /// <exception cref="RpcException">InvalidArgument, with the field or parameter at fault.</exception>
    public IMessage Read(HttpContext httpContext, ReadOnlySequence<byte>? body)
    {
        var message = body is { } bytes ? ReadBody(httpContext.Request, bytes) : Messages.Create(type);
        if (!binding.BodyIsMessage)
        {
            ReadQuery(httpContext.Request.QueryString, message);
        }

        ReadPath(httpContext, message);
        return message;
    }

    /// <summary>
    /// True when the body is JSON by its content type, or there is none and no page of another origin sent that. Anything else must be refused:
    /// such a page may send a form, a text or nothing without asking first.
    /// </summary>
    public static bool HasAcceptableBody(HttpContext httpContext)
    {
        var request = httpContext.Request;
        if (string.IsNullOrEmpty(request.ContentType))
        {
            return IsBodyless(httpContext) && !MayBeOfForeignPage(request.Headers);
        }

        return MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
            && MediaTypeCharset.IsUtf8(type);
    }

    private static bool IsBodyless(HttpContext httpContext) =>
        httpContext.Request.ContentLength == 0 || httpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false;

    // No script can set these headers. Browsers that don't send the first one, or not to this address, send an origin with every POST.
    private static bool MayBeOfForeignPage(IHeaderDictionary headers) => headers["Sec-Fetch-Site"].ToString() switch
    {
        "" => headers.Origin.Count > 0,
        "same-origin" or "none" => false,
        _ => true,
    };

    private IMessage ReadBody(HttpRequest request, in ReadOnlySequence<byte> body)
    {
        if (binding.TakesRawBody)
        {
            return RawBody.CreateMessage(type, binding.BodyField, request.ContentType ?? "", body);
        }

        return IsBlank(body) ? Messages.Create(type) : messages.Parse(body, type, binding.BodyField);
    }

    private static bool IsBlank(in ReadOnlySequence<byte> body)
    {
        var reader = new SequenceReader<byte>(body);
        reader.AdvancePastAny(" \t\r\n"u8);
        return reader.End;
    }

    // Unknown parameters, and those of fields that path or body bring, are passed over.
    private void ReadQuery(QueryString query, IMessage message)
    {
        var set = new List<FieldPath>();
        foreach (var (name, values) in ReadParameters(query))
        {
            if (!FieldPath.TryResolve(type, name, jsonFirst: true, out var field, out var fault))
            {
                if (fault is not null)
                {
                    throw Refuse("query parameter", name, fault);
                }
            }
            else if (field.Root != binding.BodyField && !binding.PathFields.Any(field.IsSame))
            {
                Set(field, message, values, isSet: set.Exists(field.IsSame));
                set.Add(field);
            }
        }
    }

    // The request's own collection takes names that differ in letter case for one. Fields of such names are two.
    private static Dictionary<string, List<string>> ReadParameters(QueryString query)
    {
        var parameters = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var pair in new QueryStringEnumerable(query.Value))
        {
            var name = pair.DecodeName().ToString();
            if (!parameters.TryGetValue(name, out var values))
            {
                parameters.Add(name, values = []);
            }

            values.Add(pair.DecodeValue().ToString());
        }

        return parameters;
    }

    // By another name it may be another parameter: that of JSON, or of the value in a wrapper.
    private static void Set(FieldPath field, IMessage message, List<string> values, bool isSet)
    {
        if ((isSet || values.Count > 1) && !field.Leaf.IsRepeated)
        {
            throw Refuse("query parameter", field.Name, "it is given more than once and the field is not repeated");
        }

        foreach (var value in values)
        {
            if (!field.TrySet(message, value, out var fault))
            {
                throw Refuse("query parameter", field.Name, fault);
            }
        }
    }

    private void ReadPath(HttpContext httpContext, IMessage message)
    {
        if (binding.PathFields.Count == 0)
        {
            return;
        }

        var path = PathValues.Read(httpContext, binding.Template);
        for (var i = 0; i < binding.PathFields.Count; i++)
        {
            var text = path.Get(binding.Template.Variables[i]);
            if (!binding.PathFields[i].TrySet(message, text, out var fault))
            {
                throw Refuse("path variable", binding.PathFields[i].Name, fault);
            }
        }
    }

    private static RpcException Refuse(string what, string name, string fault)
    {
        name = name.Length > MaxNameLength ? name[..MaxNameLength] + "…" : name;
        return MessageDecoder.Fault(StatusCode.InvalidArgument, $"The {what} '{name}' is wrong: {fault}.");
    }
}
