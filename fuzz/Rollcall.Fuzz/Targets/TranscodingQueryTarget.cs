using System.Buffers;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rollcall.Grpc.Server.Protocols;
using Rollcall.Grpc.Tests.Protos;

namespace Rollcall.Fuzz.Targets;

/// <summary>
/// Targets of requests for HTTP routes, path and query, by ASP.NET Core's router to the message of the binding. With <c>http://h</c> before it a target is
/// in absolute form, <c>/base</c> becomes the path base, and <c>/group</c> is a prefix of the routes.
/// </summary>
internal sealed class TranscodingQueryTarget : IFuzzTarget, IDisposable
{
    private const string Absolute = "http://h";

    private static readonly string[] s_templates =
    [
        "/v1/text/{a_string}", "/v1/numbers/{an_int32}/{a_uint64}/{a_double}/{a_bool}", "/v1/known/{color}/{timestamp}/{duration}/{field_mask}",
        "/v1/{child.a_string=shelves/*/books/*}:move", "/v1/{a_string=files/**}", "/v1/{child.child.renamed}/x%20y/{some_bytes}:b:c", "/v1/wrapped/{int64_value}/{string_value=*}",
        "/v1/choice/{text_choice}", "/v1/rest/{maybe_string=**}:verb", "/v1", "/{a_string}:at:once",
    ];

    private readonly MessageJson _json = new([EverythingReflection.Descriptor], writesDefaults: true);
    private readonly ServiceProvider _services;
    private readonly RequestDelegate _pipeline;

    public TranscodingQueryTarget()
    {
        _services = new ServiceCollection().AddLogging().AddRouting().AddSingleton(new DiagnosticListener("fuzz")).BuildServiceProvider();
        var app = new ApplicationBuilder(_services);
        app.UsePathBase("/base");
        app.UseRouting();
        app.UseEndpoints(endpoints =>
        {
            Map(endpoints);
            Map(endpoints.MapGroup("/group/{of}"));
        });
        _pipeline = app.Build();
    }

    public string Name => "transcoding-query";

    public IReadOnlyList<string> Tokens { get; } =
    [
        Absolute, "/base", "/group/g", "/v1/", "/", "?", "&", "=", ":", ":move", ":b:c", "%3A", "%3a", "%2F", "%2f", "%252F", "%25", "%", "%00", "%C3%BC", "%ff", "%ED%A0%80", "%20", "+", "/.", "/..", "//", ".", ",", "text/", "numbers/",
        "known/", "shelves/1/books/2", "files/", "x%20y", "wrapped/", "choice/", "rest/", "verb", "anInt32=", "a_string=", "aString=", "other-name=", "renamed=", "child.", "childChoice.", "colors=COLOR_RED&", "COLOR_GREEN", "int32s=1&", "strings=",
        "bytesList=", "someBytes=AQ==", "-_8", "textChoice=a&", "numberChoice=1&", "nullChoice=", "timestamp=", "timestamps=", "9999-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00%2B14:00", "duration=", "-315576000000.999999999s", "fieldMask=",
        "aB.c,d_e", "int64Value=", "int32Values=1&int32Values=2&", "boolValue.value=", "stringValue.value=", "maybeDouble=NaN", "-Infinity", "1e400", "9223372036854775808", "-0", "007", "1.0", "true", "\ud83d\ude08", "byString=", "any=", "value=",
    ];

    public int Run(byte[] input)
    {
        var target = Encoding.UTF8.GetString(input);
        var isAbsolute = target.StartsWith(Absolute, StringComparison.Ordinal);
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var rawPath = target[(isAbsolute ? Absolute.Length : 0)..(query < 0 ? target.Length : query)];

        // What a server does not let through to anybody.
        if (!rawPath.StartsWith('/') || !Ascii.IsValid(rawPath) || rawPath.Any(char.IsControl) || !TryDecode(rawPath, out var path))
        {
            return -1;
        }

        var context = new DefaultHttpContext { RequestServices = _services };
        context.Request.Method = HttpMethods.Get;
        context.Request.Path = new PathString(WithoutDots(path));
        context.Request.QueryString = new QueryString(query < 0 ? "" : target[query..]);
        context.Features.Get<IHttpRequestFeature>()!.RawTarget = target;
        var outcome = new Outcome();
        context.Features.Set(outcome);

        // Nothing in it waits.
        var running = _pipeline(context);
        BrokenInvariantException.Unless(running.IsCompleted, "nothing waits");
        if (running.Exception?.InnerException is { } fault)
        {
            ExceptionDispatchInfo.Throw(fault);
        }

        return outcome.Value;
    }

    public void Dispose() => _services.Dispose();

    // As the server does, which refuses a zero.
    private static bool TryDecode(string rawPath, out string path)
    {
        try
        {
            path = PathString.FromUriComponent(rawPath).Value ?? "";
            return true;
        }
        catch (InvalidOperationException)
        {
            path = "";
            return false;
        }
    }

    private static string WithoutDots(string path)
    {
        if (!path.Contains("/.", StringComparison.Ordinal))
        {
            return path;
        }

        var kept = new List<string>();
        var segments = path.Split('/');
        for (var i = 1; i < segments.Length; i++)
        {
            var isDots = segments[i] is "." or "..";
            if (segments[i] == ".." && kept.Count > 0)
            {
                kept.RemoveAt(kept.Count - 1);
            }

            if (!isDots || i == segments.Length - 1)
            {
                kept.Add(isDots ? "" : segments[i]);
            }
        }

        return "/" + string.Join('/', kept);
    }

    private void Map(IEndpointRouteBuilder endpoints)
    {
        for (var i = 0; i < s_templates.Length; i++)
        {
            var number = i;
            var binding = Bind(s_templates[i]);
            var request = new TranscodingRequest(binding, Everything.Descriptor, _json);
            endpoints.Map(PathTemplateRoute.Create(binding.Template), context =>
            {
                context.Features.GetRequiredFeature<Outcome>().Value = HashCode.Combine(number, Read(request, binding, context));
                return Task.CompletedTask;
            });
        }
    }

    private static TranscodingBinding Bind(string text)
    {
        BrokenInvariantException.Unless(PathTemplate.TryParse(text, out var template, out _), "the template is right");
        var fields = new List<FieldPath>();
        foreach (var variable in template.Variables)
        {
            BrokenInvariantException.Unless(
                FieldPath.TryResolve(Everything.Descriptor, variable.FieldPath, jsonFirst: false, out var field, out _), "the variable has a field");
            fields.Add(field);
        }

        return new TranscodingBinding("GET", template, fields, BodyIsMessage: false, null, null, TakesRawBody: false, GivesRawBody: false);
    }

    private int Read(TranscodingRequest request, TranscodingBinding binding, HttpContext context)
    {
        try
        {
            var message = (Everything)request.Read(context, body: null);
            CheckPath(binding, context, message);
            return Check(message);
        }
        catch (RpcException exception)
        {
            BrokenInvariantException.Unless(exception.StatusCode == StatusCode.InvalidArgument, "a bad value is an invalid argument");
            return -exception.Status.Detail.Length;
        }
    }

    // The router has cut the path, too. It knows of no slashes that are encoded twice, and takes them for one.
    private static void CheckPath(TranscodingBinding binding, HttpContext context, Everything message)
    {
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (target.Contains("%25", StringComparison.Ordinal) || target.Contains("%2F", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        foreach (var variable in binding.Template.Variables.Where(variable => variable.IsSingle))
        {
            if (GetText(message, variable.FieldPath) is { } text)
            {
                BrokenInvariantException.Unless(text == (string?)context.Request.RouteValues[variable.FieldPath], "a variable is what the router has for it");
            }
        }
    }

    private static string? GetText(Everything message, string field) => field switch
    {
        "a_string" => message.AString,
        "child.child.renamed" => message.Child.Child.Renamed,
        "string_value" => message.StringValue,
        "text_choice" => message.TextChoice,
        _ => null,
    };

    // A handler that answers with what it was sent must not fail after its work is done.
    private int Check(Everything message)
    {
        var wire = message.ToByteArray();
        BrokenInvariantException.Unless(Everything.Parser.ParseFrom(wire).ToByteArray().AsSpan().SequenceEqual(wire), "the message goes over the wire");
        BrokenInvariantException.Unless(_json.TryFormat(message, field: null, out var text, out var fault), $"the message has JSON: {fault}");
        var read = _json.Parse(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)), Everything.Descriptor, field: null);
        BrokenInvariantException.Unless(_json.TryFormat(read, field: null, out var again, out _) && again == text, "what it writes it reads");

        // Which fields are set, and about how much is in them.
        var set = new HashCode();
        foreach (var field in Everything.Descriptor.Fields.InFieldNumberOrder())
        {
            set.Add(field.HasPresence ? field.Accessor.HasValue(message) : field.Accessor.GetValue(message) switch
            {
                System.Collections.ICollection values => values.Count > 0,
                string value => value.Length > 0,
                ByteString value => value.Length > 0,
                var value => !Equals(value, 0) && !Equals(value, false),
            });
        }

        set.Add(int.Log2(text.Length));
        return set.ToHashCode();
    }

    private sealed class Outcome
    {
        /// <summary>That of a path which no route has, until one has set it.</summary>
        public int Value { get; set; }
    }
}
