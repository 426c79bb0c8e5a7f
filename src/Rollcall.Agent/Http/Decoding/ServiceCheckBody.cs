using Rollcall.Agent.Go;
using Rollcall.Consul.Wire;

namespace Rollcall.Agent.Http.Decoding;

/// <summary>One of the <c>ServiceChecks</c> of <c>session/create</c>.</summary>
internal sealed class ServiceCheckBody
{
    private static readonly GoStruct<ServiceCheckBody> s_type = new GoStruct<ServiceCheckBody>("ServiceCheck", "structs.ServiceCheck") { Lenient = true }
        .Add((d, v, t) => t._id = d.Text(v), "ID")
        .Add((d, v, t) => t._namespace = d.Text(v), "Namespace");

    private string _id = "";
    private string _namespace = "";

    public static SessionServiceCheck Read(GoDecoder decoder, GoValue value)
    {
        var body = new ServiceCheckBody();
        decoder.Struct(value, s_type, body);
        return new SessionServiceCheck(body._id, body._namespace);
    }
}
